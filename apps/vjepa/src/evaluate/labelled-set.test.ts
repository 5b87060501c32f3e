import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadEvaluationConfig } from '../config/load-config.js';
import { temporaryFolder } from '../run-vjepa.fixture.js';
import { videoConfig } from './evaluation.fixture.js';
import { readLabelledSets } from './labelled-set.js';

describe('readLabelledSets', () => {
  it('names the first of two bad splits, however long it takes to read', async () => {
    const folder = temporaryFolder('labelled');
    const [train, val] = [join(folder, 'train.csv'), join(folder, 'val.csv')];
    // The first is found out by looking for its video, the second by reading its text.
    writeFileSync(train, 'gone.mp4 0\n');
    writeFileSync(val, 'val.mp4 zebra\n');
    const { config } = loadEvaluationConfig(videoConfig(folder, { train, val }), []);
    await expect(readLabelledSets(config, ['train', 'val'], 0)).rejects.toThrow(/gone\.mp4/);
  });
});
