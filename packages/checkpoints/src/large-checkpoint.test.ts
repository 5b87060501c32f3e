import { open } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { CheckpointDict } from './checkpoint-value.js';
import { describeInspection, inspectCheckpoint } from './inspect-checkpoint.js';
import type { StoredTensor } from './stored-tensor.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { openTorchCheckpoint } from './torch-checkpoint.js';
import { TreePickler, type WritableValue } from './tree-pickler.js';
import { ZipWriter } from './zip-writer.js';

/**
 * A checkpoint of more than 4 GiB, so that its directory needs 64-bit offsets, in which all tensors but the last are
 * holes that take no space on the disk.
 */
async function writeLargeCheckpoint(path: string, tensors: number): Promise<void> {
  const hole = Buffer.alloc(64 * 1024 * 1024);
  const zero = { shape: [4096, 4096], data: new Float32Array(0) };
  const last = Float32Array.from({ length: 1000 }, (_, i) => i);
  const blocks = Array.from({ length: tensors }, (_, i): [string, WritableValue] => [
    `blocks.${i}.weight`,
    { ...zero },
  ]);
  const tree = { encoder: new Map([...blocks, ['last', { shape: [1000], data: last }]]), epoch: 1 };
  const pickle = new TreePickler(path).pickle(tree);
  const handle = await open(path, 'w');
  let position = 0;
  const zip = new ZipWriter({
    get position() {
      return position;
    },
    async write(bytes) {
      if (bytes !== hole) await handle.write(bytes, 0, bytes.length, position);
      position += bytes.length;
    },
  });
  await zip.add('archive/data.pkl', pickle);
  for (let key = 0; key < tensors; key++) await zip.add(`archive/data/${key}`, hole);
  await zip.add(`archive/data/${tensors}`, Buffer.from(last.buffer));
  await zip.finish();
  await handle.close();
}

it('a file of 4.7 GB is inspected in a moment and read tensor by tensor', async () => {
  const path = temporaryPath('large.pth.tar');
  await writeLargeCheckpoint(path, 70);
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
