import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '@vjepa/checkpoints';
import { mersenneTwister } from '@vjepa/random';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { saveCheckpoint } from '@vjepa/training';
import { encoderConfig, initializeEncoder } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEncoder } from './load-encoder.js';
import { recognizeCheckpoint } from './recognized-encoder.js';

// Of the width of vit_tiny, with other heads and fewer blocks, for 8 frames of 64 x 64.
const encoder = encoderConfig('vit_tiny', { depth: 2, numHeads: 6, imageSize: 64, numFrames: 8 });
const folder = temporaryFolder('encoders');
const plain = join(folder, 'plain.safetensors');
const run = join(folder, 'run');
const parameters = initializeEncoder(encoder, mersenneTwister(0));

beforeAll(async () => {
  await writeSafetensors(plain, parameters);
  mkdirSync(join(run, 'checkpoints'), { recursive: true });
  const state = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [`target_encoder.${name}`, value]),
  );
  for (const step of [10, 20]) {
    await saveCheckpoint(join(run, 'checkpoints'), { step, state, run: { encoder } });
  }
});

describe('loadEncoder', () => {
  it('without a name takes the encoder that a run’s newest checkpoint says it holds', async () => {
    const loaded = await loadEncoder(run);
    expect([loaded.encoder, loaded.notes]).toEqual([encoder, []]);
    expect(Object.keys(loaded.parameters)).toEqual(Object.keys(parameters));
    const name = 'blocks.1.attn.proj.weight';
    expect(loaded.parameters[name]!.data.subarray(0, 100)).toEqual(parameters[name]!.data.subarray(0, 100));
    expect((await recognizeCheckpoint(join(run, 'checkpoints', 'step-00000020.safetensors'))).encoder).toEqual(encoder);
  });

  it('of any other file takes what its tensors tell, and says what they do not', async () => {
    const { encoder: found, notes } = await loadEncoder(plain);
    expect(found).toEqual({ ...encoder, numHeads: 3 });
    const heads = `${plain}: 3 heads, as models of this width have: no tensor tells`;
    expect(notes).toEqual([expect.stringContaining('read as V-JEPA: it has a position table, which files of'), heads]);
    const told = await loadEncoder(plain, undefined, { numHeads: 6, version: '1' });
    expect([told.encoder, told.notes]).toEqual([encoder, []]);
    await expect(loadEncoder(fixture('probe-small/encoder.pth.tar'))).rejects.toThrow(/give `numHeads: N`/);
  });

  it('by a name takes the clips that the checkpoint was made for', async () => {
    const tiny = encoderConfig('vit_tiny', { imageSize: 32, numFrames: 4 });
    const path = join(folder, 'tiny.safetensors');
    await writeSafetensors(path, initializeEncoder(tiny, mersenneTwister(1)));
    expect((await loadEncoder(path, 'vit_tiny')).encoder).toEqual(tiny);
    await expect(loadEncoder(plain, 'vit_tiny')).rejects.toThrow(
      /2 blocks of width 192; vit_tiny has 12\. Name the model/,
    );
    await expect(loadEncoder(path, 'vit_enormous')).rejects.toThrow(/^`model`: unknown encoder 'vit_enormous'/);
    await expect(loadEncoder(undefined as never)).rejects.toThrow(
      '`path`: expected a checkpoint, or the folder of a run',
    );
  });

  it('does not take other heads than the checkpoint says', async () => {
    await expect(loadEncoder(run, undefined, { numHeads: 3 })).rejects.toThrow(/6 heads; expected 3/);
  });

  it('needs a checkpoint in a folder', async () => {
    mkdirSync(join(folder, 'empty'));
    await expect(loadEncoder(join(folder, 'empty'))).rejects.toThrow(
      /there is no checkpoint in this folder; name a file/,
    );
  });
});
