import { open } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { CheckpointDict } from './checkpoint-value.js';
import { describeInspection, inspectCheckpoint } from './inspect-checkpoint.js';
import { readStateDict } from './read-state-dict.js';
import type { StoredTensor } from './stored-tensor.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { openTorchCheckpoint } from './torch-checkpoint.js';
import { TreePickler } from './tree-pickler.js';
import { ZipWriter } from './zip-writer.js';

/** Float32 tensors by model and name. */
type Models = Record<string, Map<string, { shape: number[]; data: Float32Array }>>;

/** Writes models whose tensors without data are holes: zeros that take no space on the disk. */
async function writeSparseCheckpoint(path: string, models: Models): Promise<void> {
  const tensors = Object.values(models).flatMap((model) => [...model.values()]);
  const sizes = tensors.map(({ shape }) => 4 * shape.reduce((product, length) => product * length, 1));
  const hole = Buffer.alloc(Math.max(...sizes));
  const pickle = new TreePickler(path).pickle({ ...models, epoch: 1 });
  const handle = await open(path, 'w');
  let position = 0;
  const zip = new ZipWriter({
    get position() {
      return position;
    },
    async write(bytes) {
      if (bytes.buffer !== hole.buffer) await handle.write(bytes, 0, bytes.length, position);
      position += bytes.length;
    },
  });
  await zip.add('archive/data.pkl', pickle);
  for (const [key, { data }] of tensors.entries()) {
    const bytes = data.length > 0 ? Buffer.from(data.buffer) : hole.subarray(0, sizes[key]);
    await zip.add(`archive/data/${key}`, bytes);
  }
  await zip.finish();
  await handle.close();
}

/** A tensor of zeros. */
function zeros(...shape: number[]) {
  return { shape, data: new Float32Array(0) };
}

/** Names and shapes of V-JEPA 2's ViT-g/16 for 384 pixels, as its file has them. */
function giant(): Models[string] {
  const [D, hidden] = [1408, 6144];
  const linear = (name: string, rows: number, columns: number) =>
    [
      [`${name}.weight`, zeros(rows, columns)],
      [`${name}.bias`, zeros(rows)],
    ] as const;
  const norm = (name: string) => ['weight', 'bias'].map((leaf) => [`${name}.${leaf}`, zeros(D)] as const);
  const block = (name: string) => [
    ...norm(`${name}.norm1`),
    ...linear(`${name}.attn.qkv`, 3 * D, D),
    ...linear(`${name}.attn.proj`, D, D),
    ...norm(`${name}.norm2`),
    ...linear(`${name}.mlp.fc1`, hidden, D),
    ...linear(`${name}.mlp.fc2`, D, hidden),
  ];
  const entries = [
    ['pos_embed', zeros(1, 32 * 24 * 24, D)] as const,
    ['patch_embed.proj.weight', zeros(D, 3, 2, 16, 16)] as const,
    ['patch_embed.proj.bias', zeros(D)] as const,
    ...Array.from({ length: 40 }, (_, i) => block(`blocks.${i}`)).flat(),
    ...norm('norm'),
  ];
  return new Map(entries.map(([name, tensor]) => [`module.backbone.${name}`, tensor]));
}

// More than 4 GiB, so that its directory needs 64-bit offsets.
it('a file of 4.7 GB is inspected in a moment and read tensor by tensor', async () => {
  const path = temporaryPath('large.pth.tar');
  const blocks = Array.from({ length: 70 }, (_, i) => [`blocks.${i}.weight`, zeros(4096, 4096)] as const);
  const last = { shape: [1000], data: Float32Array.from({ length: 1000 }, (_, i) => i) };
  await writeSparseCheckpoint(path, { encoder: new Map([...blocks, ['last', last]]) });
  const memory = process.memoryUsage().rss;
  const start = performance.now();
  const inspection = await inspectCheckpoint(path);
  expect(performance.now() - start).toBeLessThan(3000);
  expect(inspection.fileBytes).toBeGreaterThan(2 ** 32);
  expect(inspection.root.parameters).toBe(70 * 4096 ** 2 + 1000);
  expect(describeInspection(inspection)).toContain('71 tensors, 1,174,406,120 parameters, 4.7 GB');

  const { root, close } = await openTorchCheckpoint(path);
  const encoder = (root as CheckpointDict).get('encoder') as CheckpointDict;
  expect((await (encoder.get('last') as StoredTensor).read())[999]).toBe(999);
  expect((await (encoder.get('blocks.69.weight') as StoredTensor).read()).length).toBe(4096 ** 2);
  await close();
  expect(process.memoryUsage().rss - memory).toBeLessThan(300e6);
});

it('the ViT-g/384 of V-JEPA 2, 4 GB, is opened and read one tensor at a time within 500 MB', async () => {
  const path = temporaryPath('vitg-384.pt');
  await writeSparseCheckpoint(path, { target_encoder: giant() });
  const memory = process.memoryUsage().rss;
  const { key, tensors, close } = await readStateDict(path);
  const length = ({ shape }: { shape: readonly number[] }) => shape.reduce((product, side) => product * side, 1);
  let [parameters, read, peak] = [0, 0, 0];
  for (const [name, tensor] of tensors) {
    if (name !== 'pos_embed') parameters += length(tensor);
    // Every fourth block, and everything that is in none: 1.2 GB.
    if (Number(name.split('.')[1] ?? 0) % 4 === 0 || !name.startsWith('blocks.')) {
      read += 4 * (await tensor.readFloat32()).length;
      peak = Math.max(peak, process.memoryUsage().rss - memory);
    }
  }
  await close();
  expect([key, tensors.size, parameters]).toEqual(['target_encoder', 485, 1_012_173_952]);
  expect(read).toBeGreaterThan(1.1e9);
  expect(peak).toBeLessThan(500e6);
});
