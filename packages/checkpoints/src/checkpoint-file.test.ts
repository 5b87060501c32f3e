import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fixture } from '@vjepa/test-kit/fixtures';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, openPretrainingCheckpoint, readSafetensors, readStateDict } from './index.js';
import { summary } from './summary.fixture.js';

const MASKS = fixture('masks-exact/tensors.safetensors');
const PRETRAINING = fixture('pretrain-small/initial.pth.tar');
const LEGACY = fileURLToPath(new URL('../fixtures/torch-legacy.pt', import.meta.url));

describe('a checkpoint as a Blob or as bytes', () => {
  it.each([MASKS, PRETRAINING, LEGACY])('is read as the file is: %s', async (path) => {
    const bytes = readFileSync(path);
    const expected = await summary(path);
    expect(await summary(new Blob([bytes]))).toBe(expected);
    expect(await summary(bytes)).toBe(expected);
    expect(await summary(Uint8Array.from(bytes).buffer)).toBe(expected);
  });

  it('gives models and the optimiser too', async () => {
    const bytes = readFileSync(PRETRAINING);
    const { tensors, close } = await readStateDict(new Blob([bytes]), 'encoder');
    expect(await tensors.get('norm.weight')!.readFloat32()).toHaveLength(tensors.get('norm.weight')!.shape[0]!);
    await close();
    const checkpoint = await openPretrainingCheckpoint(bytes);
    expect(checkpoint.predictor.size).toBeGreaterThan(0);
  });

  it('reads nothing of a Blob but what is asked for', async () => {
    const ranges: [number, number][] = [];
    class Watched extends Blob {
      override slice(start: number, end: number): Blob {
        ranges.push([start, end]);
        return super.slice(start, end);
      }
    }
    const bytes = readFileSync(MASKS);
    const { root } = await openCheckpoint(new Watched([bytes]));
    const dataStart = 8 + Number(bytes.readBigUInt64LE(0));
    expect(Math.max(...ranges.map(([, end]) => end))).toBe(dataStart);
    expect((root as Map<string, unknown>).size).toBeGreaterThan(0);
  });

  it('keeps its own memory: a tensor does not change with the bytes it was read from', async () => {
    const bytes = readFileSync(MASKS);
    const before = await readSafetensors(MASKS);
    const read = await readSafetensors(bytes);
    bytes.fill(0);
    expect(read).toEqual(before);
  });

  it('is named in errors, and what is wrong with it', async () => {
    const file = new File([readFileSync(PRETRAINING).subarray(0, 5000)], 'vitl16.pth.tar');
    await expect(openCheckpoint(file)).rejects.toThrow('vitl16.pth.tar: has no zip directory at its end');
    await expect(readSafetensors(new Uint8Array(4))).rejects.toThrow('bytes in memory: has 4 bytes');
    await expect(readSafetensors(new Blob(['x']))).rejects.toThrow('a Blob: has 1 bytes');
  });
});
