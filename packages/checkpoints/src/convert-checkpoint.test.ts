import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fixture } from '@vjepa/test-kit/fixtures';
import { expect, it } from 'vitest';
import { type CheckpointKey, type CheckpointValue, isStoredTensor } from './checkpoint-value.js';
import { Complex } from './complex.js';
import { convertCheckpoint } from './convert-checkpoint.js';
import { dataTypes } from './data-type.js';
import { openCheckpoint } from './open-checkpoint.js';
import { openSafetensors } from './safetensors-file.js';
import { type StoredTensor, storedTensor } from './stored-tensor.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { openTorchCheckpoint } from './torch-checkpoint.js';
import type { WritableValue } from './tree-pickler.js';
import { Tuple } from './tuple.js';
import { writeSafetensors } from './write-safetensors.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';

/** The whole content of a checkpoint, tensors by the digest of their bytes. */
async function contents(path: string): Promise<unknown> {
  const { root, close } = await openCheckpoint(path);
  const load = async (value: CheckpointValue): Promise<unknown> => {
    if (isStoredTensor(value)) return [value.dtype, value.shape, digest(await value.readBytes())];
    if (value instanceof Tuple) return Tuple.from(await Promise.all(value.map(load)));
    if (Array.isArray(value)) return Promise.all(value.map(load));
    if (!(value instanceof Map)) return value;
    return new Map(await Promise.all([...value].map(async ([key, item]) => [key, await load(item)] as const)));
  };
  const loaded = await load(root);
  await close();
  return loaded;
}

function digest(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

it.each(['pretrain-small/initial.pth.tar', 'probe-small/probe.pth.tar'])(
  '%s survives the way through safetensors and back bit for bit',
  async (name) => {
    const safetensors = temporaryPath('a.safetensors');
    const back = temporaryPath('b.pth.tar');
    await convertCheckpoint(fixture(name), safetensors);
    await convertCheckpoint(safetensors, back);
    expect(await contents(back)).toEqual(await contents(fixture(name)));
  },
);

it('sets, bytes, complex numbers and keys of every kind survive it too', async () => {
  const [source, safetensors, back] = ['a.pt', 'b.safetensors', 'c.pt'].map(temporaryPath) as [string, string, string];
  const weight = { shape: [1], data: Float32Array.of(1) };
  await writeTorchCheckpoint(
    source,
    new Map<CheckpointKey, WritableValue>([
      ['set', new Set<CheckpointKey>(['a', 1, Tuple.of<CheckpointKey>(true, null)])],
      ['bytes', Uint8Array.of(0, 255)],
      ['complex', new Complex(Number.NaN, -1)],
      [Tuple.of<CheckpointKey>('w', 0), weight],
      [7, weight],
    ]),
  );
  await convertCheckpoint(source, safetensors);
  await convertCheckpoint(safetensors, back);
  expect(await contents(back)).toEqual(await contents(source));
});

it('a dict of tensors under numbers keeps its keys', async () => {
  const [source, safetensors, back] = ['a.pt', 'b.safetensors', 'c.pt'].map(temporaryPath) as [string, string, string];
  await writeTorchCheckpoint(source, new Map([[1, { shape: [1], data: Float32Array.of(1) }]]));
  await convertCheckpoint(source, safetensors);
  await convertCheckpoint(safetensors, back);
  expect(await contents(back)).toEqual(await contents(source));
});

it('a type that safetensors lacks is refused by name', async () => {
  const source = fileURLToPath(new URL('../fixtures/torch-values.pt', import.meta.url));
  await expect(convertCheckpoint(source, temporaryPath('a.safetensors'))).rejects.toThrow(
    "tensor 'complex128' is of type complex128, for which safetensors has no code",
  );
});

it('one model alone, under plain names', async () => {
  const path = temporaryPath('encoder.safetensors');
  await convertCheckpoint(fixture('pretrain-small/initial.pth.tar'), path, { key: 'target_encoder' });
  const { tensors, metadata, close } = await openSafetensors(path);
  expect([tensors.size, tensors.has('blocks.1.mlp.fc2.bias')]).toEqual([29, true]);
  expect(metadata).toEqual({ format: 'pt' });
  await close();
});

it('types younger than storage classes go to safetensors and back', async () => {
  const source = temporaryPath('young.safetensors');
  const names = ['uint16', 'uint32', 'uint64', 'float8_e4m3fn', 'float8_e8m0fnu'] as const;
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 248);
  const young = names.map((dtype) => [dtype, storedTensor(dtype, [8 / dataTypes[dtype].bytes], async () => bytes)]);
  await writeSafetensors(source, Object.fromEntries(young));
  const path = temporaryPath('young.pt');
  await convertCheckpoint(source, path);
  const { root, close } = await openTorchCheckpoint(path);
  for (const [name, tensor] of root as Map<string, StoredTensor>) {
    expect([tensor.dtype, await tensor.readBytes()]).toEqual([name, bytes]);
  }
  expect((root as Map<string, unknown>).size).toBe(names.length);
  await close();
});

it('half types stay as they are', async () => {
  const source = fileURLToPath(new URL('../fixtures/torch-kinds.pt', import.meta.url));
  const path = temporaryPath('kinds.safetensors');
  await convertCheckpoint(source, path);
  const { tensors, close } = await openSafetensors(path);
  expect(['float16', 'bfloat16', 'bool', 'uint16'].map((name) => tensors.get(name)!.dtype)).toEqual([
    'float16',
    'bfloat16',
    'bool',
    'uint16',
  ]);
  await close();
});

it('a name without a known ending, a missing key and a missing folder are errors; nothing is left behind', async () => {
  const source = fixture('probe-small/probe.pth.tar');
  const path = temporaryPath('x.npz');
  await expect(convertCheckpoint(source, path)).rejects.toThrow('its name ends in neither .safetensors nor');
  const missing = convertCheckpoint(source, `${path}.pt`, { key: 'encoder' });
  await expect(missing).rejects.toThrow("has no 'encoder'; it has 'classifier'");
  await expect(convertCheckpoint(source, `${path}/none/a.pt`)).rejects.toThrow('its folder does not exist');
  expect(readdirSync(dirname(path))).toEqual([]);
});

it('renames V-JEPA 2 there and back, values as they were', async () => {
  const original = {
    'encoder.patch_embed.proj.weight': { shape: [1, 3, 2, 2, 2], data: Float32Array.from({ length: 24 }, Math.sin) },
    'encoder.norm.bias': { shape: [1], data: Float32Array.of(0.5) },
  };
  const [first, theirs, back] = ['v2', 'v2-hf', 'v2-back'].map((name) => temporaryPath(`${name}.safetensors`));
  await writeSafetensors(first!, original);
  await convertCheckpoint(first!, theirs!, { names: 'hugging-face' });
  await convertCheckpoint(theirs!, back!, { names: 'original' });
  expect(await contents(back!)).toEqual(await contents(first!));
  await expect(convertCheckpoint(first!, temporaryPath('v2.pth'), { names: 'hugging-face' })).rejects.toThrow(
    /Hugging Face's names go into a folder or a \.safetensors file/,
  );
  await expect(convertCheckpoint(first!, back!, { key: 'encoder', names: 'original' })).rejects.toThrow(TypeError);
});
