import { mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
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
  folder = mkdtempSync(join(tmpdir(), 'vjepa-checkpoints-'));
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
      expect.stringMatching(/step-00000002\.safetensors: the checkpoint is damaged/),
    ]);
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
