import { readFileSync } from 'node:fs';
import { fixture } from '@vjepa/test-kit/fixtures';
import { expect, it } from 'vitest';
import { readPacketTable } from '../mp4/packet-table.js';
import { requireWholeFile } from '../sources/whole-file.js';
import { memoryFile } from '../wasm/virtual-files.js';
import { withBlobBytes } from './blob-source.js';

const bytes = readFileSync(fixture('cases/mirrored/left-right.mp4'));

it('a file in a browser is looked at as one on disk is', async () => {
  const onDisk = { ...memoryFile(bytes), version: () => '' };
  const table = await withBlobBytes(new Blob([bytes]), (file) => readPacketTable(file, 'a.mp4'));
  expect(table).toEqual(readPacketTable(onDisk, 'a.mp4'));
  expect(table?.packets.length).toBe(8);
});

it('one that was cut is refused there too', async () => {
  const cut = new Blob([bytes.subarray(0, Math.floor(bytes.length * 0.6))]);
  await expect(withBlobBytes(cut, (file) => requireWholeFile(file, 'a.mp4'))).rejects.toMatchObject({
    code: 'truncated',
    path: 'a.mp4',
  });
  await expect(withBlobBytes(new Blob([bytes]), (file) => requireWholeFile(file, 'a.mp4'))).resolves.toBeUndefined();
});
