import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encoderConfig } from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { readDataAndModel } from './data-and-model.js';

describe('readDataAndModel', () => {
  it('has the names of the classes from whichever set has names, and knows the sets again', async () => {
    const root = temporaryFolder('data-and-model');
    const train = join(root, 'train');
    for (const name of ['jump', 'run']) {
      mkdirSync(join(train, name), { recursive: true });
      writeFileSync(join(train, name, 'a.mp4'), '');
    }
    const validation = join(root, 'val.csv');
    writeFileSync(validation, `${join(train, 'run', 'a.mp4')} 1\n`);
    const lines: string[] = [];
    const read = await readDataAndModel({
      plan: {
        ...{ data: { train, validation, classes: 2 }, encoder: encoderConfig('vit_tiny') },
        ...{ checkpoint: join(root, 'none.pth.tar'), checkpointKey: 'target_encoder' },
      },
      allowMissing: 0,
      parameters: {},
      log: (line) => lines.push(line),
    });
    expect(read.classes).toEqual(['jump', 'run']);
    expect(read.train.entries.map(({ label }) => label)).toEqual([0, 1]);
    expect(read.validation.entries.map(({ label }) => label)).toEqual([1]);
    expect(Object.keys(read.fingerprints)).toEqual(['training set', 'validation set']);
    expect(lines).toEqual([]);
  });
});
