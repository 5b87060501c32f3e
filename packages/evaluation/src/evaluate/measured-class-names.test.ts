import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { expect, it } from 'vitest';
import { measuredClassNames } from './measured-class-names.js';

const folder = temporaryFolder('measured');

/** Results of one training whose first probe diverged. */
function results(names: string[]): string {
  const path = join(folder, 'results.json');
  const validation = { perClass: names.map((name) => ({ name, count: 1 })) };
  writeFileSync(path, JSON.stringify({ config: {}, trainings: [{ probes: [{ validation: null }, { validation }] }] }));
  return path;
}

it('the names of an evaluation are those it has measured, where they are more than numbers', () => {
  expect(measuredClassNames(results(['archery', 'bowling']))).toEqual(['archery', 'bowling']);
  expect(measuredClassNames(results(['0', '1']))).toBeUndefined();
  expect(measuredClassNames(join(folder, 'none.json'))).toBeUndefined();
});
