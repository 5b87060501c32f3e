import { appendFileSync, copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeEach, expect, it } from 'vitest';
import type { Decoder } from '../decoders/decoder.js';
import { buildPacketIndex, type VideoStream } from '../packet-index.js';
import { openSource } from '../sources/open-source.js';
import { contentKey } from './content-key.js';
import { IndexStore } from './index-store.js';

const stream: VideoStream = {
  ...{ stream: 0, container: 'test', codec: 'h264', pixelFormat: 'yuv420p', width: 4, height: 2, averageRate: 25 },
  ...{ rotation: 0, mirrored: false, matrix: 'bt601', range: 'limited', startTime: 0, timeBase: [1, 25] },
};
const packets = [0, 3, 1, 2].map((time) => ({ time, key: time === 0, discard: false }));
const index = buildPacketIndex(stream, packets);

function keyOf(path: string): string {
  const source = openSource(path);
  try {
    return contentKey(source, decoder.demuxer);
  } finally {
    source.close();
  }
}

let made = 0;
const decoder: Decoder = {
  name: 'native',
  demuxer: 'native',
  async index() {
    made++;
    return index;
  },
  decode: () => Promise.reject(new Error('not used')),
  async close() {},
};

let folder: string;
let file: string;
beforeEach(() => {
  folder = temporaryFolder('index');
  file = join(folder, 'a.mp4');
  writeFileSync(file, Buffer.alloc(300_000, 7));
  made = 0;
});

it('a file is demuxed once; other threads and later runs read its index from disk', async () => {
  const cache = join(folder, 'cache');
  const store = new IndexStore(decoder);
  expect(await store.get(file, cache, 1000)).toEqual(index);
  expect(await store.get(file, cache, 1000)).toEqual(index);
  expect(await new IndexStore(decoder).get(file, cache, 1000)).toEqual(index);
  expect(made).toBe(1);
  expect(readdirSync(cache, { recursive: true }).filter((name) => String(name).endsWith('.bin'))).toHaveLength(1);
});

it('a copy has the same key, changed contents another', async () => {
  const copy = join(folder, 'b.mp4');
  copyFileSync(file, copy);
  expect(keyOf(copy)).toBe(keyOf(file));
  appendFileSync(copy, 'x');
  expect(keyOf(copy)).not.toBe(keyOf(file));
  const store = new IndexStore(decoder);
  await store.get(file, join(folder, 'cache'), 1000);
  appendFileSync(file, 'more');
  await store.get(file, join(folder, 'cache'), 1000);
  expect(made).toBe(2);
});

it('a file that turned out linear stays so', async () => {
  const cache = join(folder, 'cache');
  const store = new IndexStore(decoder);
  store.setLinear(file, cache, await store.get(file, cache, 1000));
  expect((await store.get(file, cache, 1000)).linear).toBe(true);
  expect((await new IndexStore(decoder).get(file, cache, 1000)).linear).toBe(true);
});

it('what one demuxer finds never depends on whether another one looked first', async () => {
  const cache = join(folder, 'cache');
  const other = { ...decoder, demuxer: 'cli 5.1', index: async () => ({ ...index, frames: 3 }) };
  expect(await new IndexStore(decoder).get(file, cache, 1000)).toMatchObject({ frames: 4 });
  expect(await new IndexStore(other).get(file, cache, 1000)).toMatchObject({ frames: 3 });
  expect(await new IndexStore(decoder).get(file, cache, 1000)).toMatchObject({ frames: 4 });
});

it('damaged entries and unwritable folders are passed over', async () => {
  const cache = join(folder, 'cache');
  await new IndexStore(decoder).get(file, cache, 1000);
  const key = keyOf(file);
  writeFileSync(join(cache, key.slice(0, 2), `${key}.bin`), 'damaged');
  await new IndexStore(decoder).get(file, cache, 1000);
  expect(made).toBe(2);
  const notAFolder = join(folder, 'file');
  writeFileSync(notAFolder, '');
  await new IndexStore(decoder).get(file, notAFolder, 1000);
  expect(made).toBe(3);
  // Linux answers there that the folder which is to hold the new one does not exist, however often it is asked.
  if (existsSync('/proc/self')) await new IndexStore(decoder).get(file, '/proc/none/cache', 1000);
  expect(made).toBe(existsSync('/proc/self') ? 4 : 3);
});

it('an index with a flipped bit is made anew, never used', async () => {
  const cache = join(folder, 'cache');
  await new IndexStore(decoder).get(file, cache, 1000);
  const name = readdirSync(cache, { recursive: true }).find((each) => String(each).endsWith('.bin'));
  const path = join(cache, String(name));
  const whole = readFileSync(path);
  for (let bit = 1; bit < 8 * whole.length; bit += 37) {
    const flipped = Buffer.from(whole);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    writeFileSync(path, flipped);
    made = 0;
    expect(await new IndexStore(decoder).get(file, cache, 1000)).toEqual(index);
    expect(made, `bit ${bit}`).toBe(1);
  }
});

it('without a folder nothing is written', async () => {
  await new IndexStore(decoder).get(file, undefined, 1000);
  expect(existsSync(join(folder, 'cache'))).toBe(false);
});
