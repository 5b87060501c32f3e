import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fixture } from '@vjepa/test-kit/fixtures';
import { expect, it } from 'vitest';
import { CheckpointError } from './checkpoint-error.js';
import { withSource } from './checkpoint-file.js';
import type { CheckpointDict } from './checkpoint-value.js';
import { inspectCheckpoint } from './inspect-checkpoint.js';
import type { StoredTensor } from './stored-tensor.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { openTorchCheckpoint } from './torch-checkpoint.js';
import { torchFile } from './torch-file.fixture.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';
import { ZipArchive } from './zip-archive.js';

const own = fileURLToPath(new URL('../fixtures/torch-kinds.pt', import.meta.url));
const masks = fixture('masks-exact/tensors.safetensors');

/** Numbers in [0, 1) from a linear congruential generator: the same damage in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Changes one to four bytes, or cuts the end off. */
function damage(bytes: Uint8Array, random: () => number, limit = bytes.length): Uint8Array {
  const copy = Uint8Array.from(bytes);
  if (random() < 0.1) return copy.subarray(0, Math.floor(random() * copy.length));
  for (let change = Math.ceil(random() * 4); change > 0; change--) {
    copy[Math.floor(random() * limit)] = Math.floor(random() * 256);
  }
  return copy;
}

async function expectCleanOutcome(path: string): Promise<boolean> {
  try {
    await inspectCheckpoint(path);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    return false;
  }
}

it('300 damaged pickles are read or refused, never a crash', async () => {
  const entries: [string, Uint8Array][] = [];
  await withSource(readFileSync(own), async (source) => {
    const archive = await ZipArchive.open(source);
    for (const [name, entry] of archive.entries) {
      entries.push([name.replace(/^[^/]*\//, ''), await archive.read(entry)]);
    }
  });
  const { 'data.pkl': pickle, ...rest } = Object.fromEntries(entries);
  const random = randomNumbers(1);
  let refused = 0;
  for (let trial = 0; trial < 300; trial++) {
    if (!(await expectCleanOutcome(await torchFile(damage(pickle!, random), rest)))) refused++;
  }
  expect(refused).toBeGreaterThan(100);
});

it('no bit of a PyTorch file changes unnoticed what is read', async () => {
  const path = temporaryPath('small.pt');
  const weight = { shape: [2], data: Float32Array.of(1, 2) };
  await writeTorchCheckpoint(path, { encoder: { weight }, epoch: 10 });
  const whole = readFileSync(path);
  const expected = await readAll(path);
  const unnoticed: number[] = [];
  for (let bit = 0; bit < 8 * whole.length; bit += 3) {
    const flipped = Buffer.from(whole);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    writeFileSync(path, flipped);
    const found = await readAll(path).catch((error: unknown) => error);
    if (!(found instanceof CheckpointError) && found !== expected) unnoticed.push(bit);
  }
  expect(unnoticed).toEqual([]);
});

/** All that a file of { encoder: { weight }, epoch } holds, as text. */
async function readAll(path: string): Promise<string> {
  const { root, close } = await openTorchCheckpoint(path);
  try {
    const dict = root as CheckpointDict;
    const encoder = [...(dict.get('encoder') as CheckpointDict)] as [string, StoredTensor][];
    const tensors = encoder.map(async ([name, tensor]) => [
      name,
      tensor.dtype,
      tensor.shape,
      [...(await tensor.readBytes())],
    ]);
    return JSON.stringify([[...dict.keys()], dict.get('epoch'), await Promise.all(tensors)]);
  } finally {
    await close();
  }
}

it.each([
  ['archives', own, Number.POSITIVE_INFINITY],
  ['safetensors headers', masks, 1200],
])('200 damaged %s are read or refused, never a crash', async (_, original, limit) => {
  const bytes = readFileSync(original);
  const path = temporaryPath('damaged');
  const random = randomNumbers(2);
  for (let trial = 0; trial < 200; trial++) {
    writeFileSync(path, damage(bytes, random, Math.min(limit, bytes.length)));
    await expectCleanOutcome(path);
  }
});
