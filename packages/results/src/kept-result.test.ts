import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { keptResult } from './kept-result.js';

describe('a kept result', () => {
  it('is there from the moment it is whole', () => {
    const folder = join(temporaryFolder('kept'), 'cell');
    const kept = keptResult<{ top1: number }>(folder, { seed: 0 });
    expect(kept.read()).toBeUndefined();
    kept.begin();
    expect(keptResult(folder, { seed: 0 }).read()).toBeUndefined();
    kept.finish({ top1: 50 });
    expect(keptResult(folder, { seed: 0 }).read()).toEqual({ top1: 50 });
  });

  it('names a file that was cut off, and what to do', () => {
    for (const name of ['config.json', 'result.json']) {
      const folder = temporaryFolder('kept');
      const kept = keptResult(folder, { seed: 0 });
      kept.begin();
      kept.finish({ top1: 50 });
      truncateSync(join(folder, name), 5);
      expect(() => keptResult(folder, { seed: 0 }).read()).toThrow(
        new RegExp(`${name.replace('.', '\\.')}: cannot be read: .*JSON.*Delete it, and it is made again`, 's'),
      );
    }
  });
});
