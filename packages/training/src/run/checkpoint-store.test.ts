import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../input-error.js';
import {
  checkpointPath,
  listCheckpoints,
  loadCheckpoint,
  loadNewestCheckpoint,
  removeOldCheckpoints,
  saveCheckpoint,
} from './checkpoint-store.js';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder('checkpoints');
});

const at = (step: number) => ({
  step,
  state: {
    'encoder.w': { shape: [2, 2], data: Float32Array.of(step, 1, 2, 3) },
    'encoder.b': { shape: [], data: Float32Array.of(0.5) },
  },
  run: { replaced: 3, seed: 234 },
});

/** Flips one bit of a file. */
function damage(path: string, offsetFromEnd: number): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - offsetFromEnd]! ^= 1;
  writeFileSync(path, bytes);
}

/** The one tensor `encoder.w` as versions up to 0.1 wrote it. */
function earlierCheckpoint(data: Float32Array, metadata: Record<string, string>): Buffer {
  const bytes = Buffer.from(data.buffer);
  const checksum = crc32(bytes, crc32('encoder.w')).toString(16).padStart(8, '0');
  const header = {
    __metadata__: { format: 'vjepa-pretraining-1', checksum, ...metadata },
    'encoder.w': { dtype: 'F32', shape: [2, 2], data_offsets: [0, bytes.length] },
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, bytes]);
}

describe('checkpoints', () => {
  it('come back as they were saved', async () => {
    const path = await saveCheckpoint(folder, at(7));
    expect(path).toBe(checkpointPath(folder, 7));
    expect(await loadCheckpoint(path)).toEqual(at(7));
  });

  it('are found newest first, partial files not counted', async () => {
    for (const step of [5, 100, 20]) await saveCheckpoint(folder, at(step));
    writeFileSync(join(folder, '.step-00000200.safetensors.1.tmp'), 'half');
    expect(listCheckpoints(folder)).toEqual([100, 20, 5]);
    expect(listCheckpoints(join(folder, 'none'))).toEqual([]);
  });

  it('fall back to the one before when the newest is truncated or altered, saying so', async () => {
    for (const step of [1, 2, 3]) await saveCheckpoint(folder, at(step));
    truncateSync(checkpointPath(folder, 3), 100);
    damage(checkpointPath(folder, 2), 1);
    const warnings: string[] = [];
    expect((await loadNewestCheckpoint(folder, (line) => warnings.push(line))).step).toBe(1);
    expect(warnings).toEqual([
      expect.stringMatching(/step-00000003\.safetensors/),
      expect.stringMatching(/step-00000002\.safetensors: is damaged: tensor 'encoder.b' does not match/),
    ]);
  });

  it('have no bit that could change unnoticed', async () => {
    const small = { step: 10, state: { w: { shape: [2], data: Float32Array.of(1, 2) } }, run: { seed: 234 } };
    const path = await saveCheckpoint(folder, small);
    const whole = readFileSync(path);
    const unnoticed: string[] = [];
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(path, flipped);
      const error = await loadCheckpoint(path).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (!(error instanceof InputError)) unnoticed.push(`bit ${bit & 7} of byte ${bit >> 3}: ${error}`);
    }
    expect(unnoticed).toEqual([]);
    writeFileSync(path, whole);
    expect(await loadCheckpoint(path)).toEqual(small);
  });

  it('of earlier versions, with a checksum of their tensors alone, are read and verified', async () => {
    const { step, state, run } = at(7);
    const path = checkpointPath(folder, step);
    writeFileSync(path, earlierCheckpoint(state['encoder.w'].data, { step: `${step}`, run: JSON.stringify(run) }));
    expect((await loadCheckpoint(path)).state['encoder.w']).toEqual(state['encoder.w']);
    damage(path, 1);
    await expect(loadCheckpoint(path)).rejects.toThrow(/the checkpoint is damaged: its checksum does not match/);
  });

  it('are an error when none is left', async () => {
    await expect(loadNewestCheckpoint(folder, () => {})).rejects.toThrow(/there is no checkpoint to resume from/);
    await saveCheckpoint(folder, at(1));
    damage(checkpointPath(folder, 1), 2);
    await expect(loadNewestCheckpoint(folder, () => {})).rejects.toThrow(/none of the 1 checkpoints/);
  });

  it('are removed but for the newest and every n-th', async () => {
    for (let step = 10; step <= 60; step += 10) await saveCheckpoint(folder, at(step));
    expect(removeOldCheckpoints(folder, { keep: 2, keepEvery: 30 })).toHaveLength(3);
    expect(listCheckpoints(folder)).toEqual([60, 50, 30]);
  });
});
