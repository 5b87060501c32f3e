import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { availableDecoders } from '../available-decoders.fixture.js';
import { encodeVideo } from '../encode-video.js';
import { createClipLoader } from '../loader/clip-loader.js';
import { openVideo } from '../open-video.js';
import { serveFolder } from '../sources/range-server.fixture.js';
import { listTarVideos } from './list-tar-videos.js';
import { shardOrder } from './shard-order.js';

const nasa = fileURLToPath(new URL('../../../../fixtures/videos/nasa_13013.mp4', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'vjepa-tar-'));
const decoders = await availableDecoders();
let server: Server;
let address: string;

/** A ustar header and the padded content. */
function member(name: string, content: Buffer, type = '0'): Buffer {
  const header = Buffer.alloc(512);
  header.write(name.slice(0, 100), 0);
  header.write('0000644\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write(type, 156);
  header.write('ustar\0', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc(-content.length & 511)]);
}

beforeAll(async () => {
  const [frames, height, width] = [20, 32, 48];
  for (const name of ['a', 'b']) {
    const data = Uint8Array.from({ length: frames * height * width * 3 }, (_, i) => Math.floor(i / 4608) * 10);
    await encodeVideo({ frames: { data, frames, height, width }, rate: 10, output: join(folder, `${name}.mp4`) });
  }
  const longName = `${'deep/'.repeat(30)}third.avi`;
  const parts = [
    member('train/', Buffer.alloc(0), '5'),
    member('train/first.mp4', readFileSync(join(folder, 'a.mp4'))),
    member('train/first.cls', Buffer.from('7\n')),
    member('train/second.json', Buffer.from('{"label": 3}')),
    member('train/second.mp4', readFileSync(nasa)),
    member('././@LongLink', Buffer.from(`${longName}\0`), 'L'),
    member('deep/third.avi', readFileSync(join(folder, 'b.mp4'))),
    member('train/readme.txt', Buffer.from('no video')),
  ];
  writeFileSync(join(folder, 'shard.tar'), Buffer.concat([...parts, Buffer.alloc(1024)]));
  writeFileSync(join(folder, 'cut.tar'), Buffer.concat(parts).subarray(0, 3000));
  writeFileSync(join(folder, 'text.tar'), 'text '.repeat(400));
  ({ server, address } = await serveFolder(createServer, folder));
});
afterAll(() => void server.close());

test('the videos of a shard, with labels, in order', async () => {
  const videos = await listTarVideos(join(folder, 'shard.tar'));
  expect(videos.map(({ key, label }) => ({ key, label }))).toEqual([
    { key: 'train/first', label: 7 },
    { key: 'train/second', label: 3 },
    { key: `${'deep/'.repeat(30)}third`, label: -1 },
  ]);
});

test.for(decoders)('%s decodes members in place', async (decoder) => {
  const [first, second] = await listTarVideos(join(folder, 'shard.tar'));
  for (const [source, path] of [[first!.path, join(folder, 'a.mp4')] as const, [second!.path, nasa] as const]) {
    const inside = await openVideo(source, { decoder, indexCache: false });
    const outside = await openVideo(path, { decoder, indexCache: false });
    expect({ ...inside.info, path }).toEqual({ ...outside.info, path });
    const [a, b] = [await inside.decode([3, 15]), await outside.decode([3, 15])];
    expect(Buffer.compare(a.data, b.data)).toBe(0);
  }
});

test('shards behind http, through the loader', async () => {
  const videos = await listTarVideos(`${address}/shard.tar`);
  expect(videos.map(({ label }) => label)).toEqual([7, 3, -1]);
  const loader = createClipLoader({
    ...{ videos, clip: { framesPerClip: 4, frameStep: 2 }, transform: { kind: 'evaluation', size: 16 } },
    ...{ workers: 1, decoder: 'wasm', onBadVideo: 'error' },
  });
  for await (const batch of loader.batches([[0, 1, 2].map((index) => ({ index, epoch: 0, draw: index }))])) {
    expect(batch.shape).toEqual([3, 4, 16, 16, 3]);
    batch.release();
  }
  await loader.close();
});

test('archives that are cut off or no archives', async () => {
  await expect(listTarVideos(join(folder, 'cut.tar'))).rejects.toMatchObject({ code: 'truncated' });
  await expect(listTarVideos(join(folder, 'text.tar'))).rejects.toThrow(/not a tar archive/);
  await expect(listTarVideos(join(folder, 'none.tar'))).rejects.toMatchObject({ code: 'missing' });
  const [first] = await listTarVideos(pathToFileURL(join(folder, 'shard.tar')).href);
  await expect(openVideo(first!.path.replace('shard.tar', 'cut.tar'))).rejects.toMatchObject({ code: 'truncated' });
});

test('shard order: every video once over all processes, nearly sequential, new each epoch', () => {
  const shards = [50, 30, 20, 40];
  const settings = { shards, bufferSize: 8, seed: 1 };
  const ranks = [0, 1].map((rank) => [...shardOrder({ ...settings, epoch: 0, rank, worldSize: 2 })]);
  expect(ranks.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 140 }, (_, i) => i));
  const order = [...shardOrder({ ...settings, epoch: 0 })];
  expect([...shardOrder({ ...settings, epoch: 0 })]).toEqual(order);
  expect([...shardOrder({ ...settings, epoch: 1 })]).not.toEqual(order);
  // Without a buffer, shards are read from front to back.
  const sequential = [...shardOrder({ ...settings, bufferSize: 1, epoch: 0 })];
  const jumps = sequential.filter((video, i) => i > 0 && video !== sequential[i - 1]! + 1).length;
  expect(jumps).toBeLessThan(shards.length);
  expect(order).not.toEqual(sequential);
  expect(() => shardOrder({ ...settings, epoch: 0, bufferSize: 0 })).toThrow(/bufferSize must be/);
});
