import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import type { CheckpointDict, CheckpointKey, CheckpointValue } from './checkpoint-value.js';
import { isStoredTensor } from './checkpoint-value.js';
import { Complex } from './complex.js';
import type { HostTensor } from './host-tensor.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { openTorchCheckpoint } from './torch-checkpoint.js';
import type { WritableValue } from './tree-pickler.js';
import { Tuple } from './tuple.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';

async function roundTrip(tree: WritableValue): Promise<unknown> {
  const path = temporaryPath('checkpoint.pth.tar');
  await writeTorchCheckpoint(path, tree);
  const { root, close } = await openTorchCheckpoint(path);
  const loaded = await load(root);
  await close();
  return loaded;
}

/** The tree with its tensors read. */
async function load(value: CheckpointValue): Promise<unknown> {
  if (isStoredTensor(value)) return { dtype: value.dtype, shape: value.shape, data: await value.read() };
  if (value instanceof Tuple) return Tuple.from(await Promise.all(value.map(load)));
  if (Array.isArray(value)) return Promise.all(value.map(load));
  if (!(value instanceof Map)) return value;
  const items: [unknown, unknown][] = [];
  for (const [key, item] of value as CheckpointDict) items.push([key, await load(item)]);
  return new Map(items);
}

it('values of every kind come back as they were', async () => {
  const numbers = [
    0,
    1,
    255,
    256,
    -1,
    65_536,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31),
    -(2 ** 31) - 1,
    2 ** 53 - 1,
    0.1,
    1e-8,
  ];
  const large = [2n ** 63n, -(2n ** 64n), 2n ** 100n];
  const tree = new Map<CheckpointKey, WritableValue>([
    ['bytes', Uint8Array.of(0, 128, 255)],
    ['complex', new Complex(0.5, -0)],
    ['set', new Set<CheckpointKey>([1, 'a', Tuple.of<CheckpointKey>(2, null)])],
    [Tuple.of<CheckpointKey>('a', 1), 'a pair'],
    [Uint8Array.of(1), 'a key of bytes'],
    ['numbers', [...numbers, Number.NaN, Number.POSITIVE_INFINITY, -0]],
    ['large', large],
    ['betas', Tuple.of<WritableValue>(0.9, 0.999)],
    ['text', 'naïve 文 "quoted"'],
    [7, null],
    ['flags', [true, false]],
    ['empty', [[], new Tuple<WritableValue>(), {}]],
  ]);
  expect(await roundTrip(tree)).toEqual(
    new Map<CheckpointKey, unknown>([...tree, ['empty', [[], new Tuple(), new Map()]]]),
  );
});

it('tensors of every type come back as they were', async () => {
  const tensors: Record<string, HostTensor> = {
    float32: { shape: [2, 3], data: Float32Array.of(0, -0, 1.5, Number.NaN, 1e-45, 3e38) },
    float64: { shape: [1], data: Float64Array.of(Math.PI) },
    int64: { shape: [2], data: BigInt64Array.of(-1n, 2n ** 62n) },
    int32: { shape: [], data: Int32Array.of(-5) },
    int16: { shape: [2, 1], data: Int16Array.of(-300, 300) },
    int8: { shape: [1, 1], data: Int8Array.of(-3) },
    uint8: { shape: [3], data: Uint8Array.of(0, 128, 255) },
    uint16: { shape: [2], data: Uint16Array.of(0, 65535) },
    uint32: { shape: [], data: Uint32Array.of(2 ** 32 - 1) },
    uint64: { shape: [1, 2], data: BigUint64Array.of(3n, 2n ** 64n - 1n) },
    bool: { shape: [2], data: Uint8Array.of(1, 0), dtype: 'bool' },
    float16: { shape: [2], data: Float32Array.of(0.5, -65504), dtype: 'float16' },
    bfloat16: { shape: [2], data: Float32Array.of(0.5, 2 ** 100), dtype: 'bfloat16' },
    empty: { shape: [0, 4], data: new Float32Array(0) },
  };
  const loaded = (await roundTrip(tensors)) as Map<string, unknown>;
  for (const [name, { shape, data, dtype }] of Object.entries(tensors)) {
    expect(loaded.get(name)).toEqual({ dtype: dtype ?? (name === 'empty' ? 'float32' : name), shape, data });
  }
});

it('a tensor may still lie in another file', async () => {
  const source = temporaryPath('source.pth.tar');
  await writeTorchCheckpoint(source, { encoder: { weight: { shape: [2], data: Float32Array.of(1, 2) } } });
  const { root, close } = await openTorchCheckpoint(source);
  const copy = await roundTrip(root);
  expect(copy).toEqual(
    new Map([['encoder', new Map([['weight', { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) }]])]]),
  );
  await close();
});

it('what PyTorch has no type for is named, and no file is left behind', async () => {
  const path = temporaryPath('checkpoint.pth.tar');
  const write = (tree: WritableValue) => writeTorchCheckpoint(path, tree);
  await expect(write({ a: [1, Symbol('x')] } as never)).rejects.toThrow('the value at ["a"][1] is a symbol');
  await expect(write({ a: undefined } as never)).rejects.toThrow('the value at ["a"] is a undefined');
  await expect(write({ a: { shape: [3], data: Float32Array.of(1) } })).rejects.toThrow(
    'a tensor of shape [3] has 1 elements, expected 3',
  );
  expect(readdirSync(dirname(path))).toEqual([]);
});
