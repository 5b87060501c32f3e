import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { CheckpointError } from './checkpoint-error.js';
import { type CheckpointDict, type CheckpointValue, isStoredTensor } from './checkpoint-value.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { openTorchCheckpoint } from './torch-checkpoint.js';
import { Tuple } from './tuple.js';

const own = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** The tree with its tensors read. */
async function contents(path: string): Promise<Map<unknown, unknown>> {
  const { root, close } = await openTorchCheckpoint(path);
  const load = async (value: CheckpointValue): Promise<unknown> => {
    if (isStoredTensor(value)) return [value.dtype, value.shape, await value.readBytes()];
    if (value instanceof Tuple) return Tuple.from(await Promise.all(value.map(load)));
    if (Array.isArray(value)) return Promise.all(value.map(load));
    if (!(value instanceof Map)) return value;
    const items: [unknown, unknown][] = [];
    for (const [key, item] of value as CheckpointDict) items.push([key, await load(item)]);
    return new Map(items);
  };
  try {
    return (await load(root)) as Map<unknown, unknown>;
  } finally {
    await close();
  }
}

function changed(change: (bytes: Buffer) => Buffer): string {
  const path = temporaryPath('changed.pt');
  writeFileSync(path, change(readFileSync(own('torch-kinds-legacy.pt'))));
  return path;
}

it('a file in the format before PyTorch 1.6 holds what the same values hold in the new one', async () => {
  const expected = await contents(own('torch-kinds.pt'));
  expected.delete('uint16'); // Younger than the format.
  expect(await contents(own('torch-kinds-legacy.pt'))).toEqual(expected);
  const table = (await contents(own('torch-legacy.pt'))).get('weight') as [string, number[], Uint8Array];
  expect(table.slice(0, 2)).toEqual(['float32', [4, 6]]);
});

it('its storages may lie behind pickles of megabytes', async () => {
  const text = 'x'.repeat(3_000_000);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  // The tree's dict starts after the machine's, the third pickle; a text is pushed and dropped before it.
  const path = changed((bytes) => {
    const tree = bytes.indexOf(Buffer.from('\x80\x02}', 'latin1'), bytes.indexOf('type_sizes')) + 2;
    const detour = Buffer.concat([Buffer.from('X'), length, Buffer.from(text), Buffer.from('0')]);
    return Buffer.concat([bytes.subarray(0, tree), detour, bytes.subarray(tree)]);
  });
  expect(await contents(path)).toEqual(await contents(own('torch-kinds-legacy.pt')));
});

it.each([
  ['cut in its pickles', (bytes: Buffer) => bytes.subarray(0, 1000), 'its pickle is refused at byte'],
  ['cut in its last storage', (bytes: Buffer) => bytes.subarray(0, -1), /storage '\d+' ends 1 bytes after the file/],
  ['cut before it', (bytes: Buffer) => bytes.subarray(0, 3000), /storage '\d+'|ends after 3000 bytes/],
])('one that is %s is refused', async (_, change, message) => {
  await expect(contents(changed(change))).rejects.toThrow(message);
});

it('a changed byte is read or refused, never a crash', async () => {
  const size = readFileSync(own('torch-kinds-legacy.pt')).length;
  let refused = 0;
  for (let place = 0; place < size; place += 7) {
    const path = changed((bytes) => {
      bytes[place]! ^= 1 << (place % 8);
      return bytes;
    });
    const error = await contents(path).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) continue;
    expect(error).toBeInstanceOf(CheckpointError);
    refused++;
  }
  expect(refused).toBeGreaterThan(50);
});
