import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mersenneTwister } from '@vjepa/random';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encoderConfig, initializeEncoder } from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { encoderParameters, readDataAndModel } from './data-and-model.js';

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
        ...{ checkpoint: join(root, 'none.pth.tar'), checkpointKey: 'target_encoder', seed: 0 },
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

describe('encoderParameters', () => {
  it('are drawn from the seed where no checkpoint is named, as a pretraining draws them, and said to be', async () => {
    const encoder = encoderConfig('vit_tiny', { imageSize: 32, numFrames: 4, embedDim: 24, depth: 1, numHeads: 2 });
    const lines: string[] = [];
    const drawn = (seed: number) =>
      encoderParameters({ encoder, checkpoint: null, checkpointKey: 'target_encoder', seed }, (line) =>
        lines.push(line),
      );
    expect(await drawn(3)).toEqual(initializeEncoder(encoder, mersenneTwister(3)));
    expect(await drawn(4)).not.toEqual(await drawn(3));
    expect(lines[0]).toBe("note: the encoder's parameters are random, drawn from seed 3: no checkpoint is named");
  });
});
