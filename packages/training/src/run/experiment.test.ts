import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { type Experiment, requireSameExperiment, writeExperiment } from './experiment.js';

const folder = temporaryFolder('experiment');
const path = join(folder, 'experiment.json');
const experiment: Experiment = {
  config: { seed: 1, num_workers: 1, optimization: { lr: 0.1 } },
  sets: { 'training set': { videos: 2, checksum: 'abc' } },
  weights: { encoder: 'def' },
};

const MAY_CHANGE = new Set(['num_workers', 'tag']);

/** What is said when the experiment is gone on with as another config has it. */
function said(change: object): string {
  writeExperiment(path, experiment);
  try {
    requireSameExperiment(path, { ...experiment, config: { ...experiment.config, ...change } }, MAY_CHANGE);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('an experiment that is gone on with', () => {
  it('may differ in how fast it is computed, and in names', () => {
    expect(said({})).toBe('');
    expect(said({ num_workers: 4, tag: 'new' })).toBe('');
  });

  it('is refused with everything else that differs', () => {
    expect(said({ seed: 2, optimization: { lr: 0.2 } })).toMatch(
      /was started as another experiment.*\n {2}seed: 1 -> 2\n {2}optimization\.lr: 0\.1 -> 0\.2\n.*existing: 'resume'.*existing: 'overwrite'/,
    );
  });

  it.each(['', '{"config": {"seed"', 'null', '[]', '{"config": {}}'])(
    'is refused by the name of its record where that is damaged: %j',
    (text) => {
      writeFileSync(path, text);
      expect(() => requireSameExperiment(path, experiment)).toThrow(
        /experiment\.json: is damaged .*start it again with `existing: 'overwrite'`, or choose another folder$/,
      );
    },
  );
});
