import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { availableDecoders } from '../available-decoders.fixture.js';
import { encodeVideo } from '../encode-video.js';
import { createClipLoader } from '../loader/clip-loader.js';
import { openVideo } from '../open-video.js';
import { serveFolder } from '../sources/range-server.fixture.js';
import { listTarVideos } from './list-tar-videos.js';
import { shardOrder } from './shard-order.js';
import { archive, type MemberFields, member } from './tar-archive.fixture.js';

const nasa = fixture('videos/nasa_13013.mp4');
const folder = temporaryFolder('tar');
const decoders = await availableDecoders();
let server: Server;
let address: string;

beforeAll(async () => {
  const [frames, height, width] = [20, 32, 48];
  for (const name of ['a', 'b']) {
    const data = Uint8Array.from({ length: frames * height * width * 3 }, (_, i) => Math.floor(i / 4608) * 10);
    await encodeVideo({ frames: { data, frames, height, width }, rate: 10, output: join(folder, `${name}.mp4`) });
  }
  const longName = `${'deep/'.repeat(30)}third.avi`;
  const parts = [
    member('train/', Buffer.alloc(0), { type: '5' }),
    member('train/first.mp4', readFileSync(join(folder, 'a.mp4'))),
    member('train/first.cls', Buffer.from('7\n')),
    member('train/second.json', Buffer.from('{"label": 3}')),
    member('train/second.mp4', readFileSync(nasa)),
    member('././@LongLink', Buffer.from(`${longName}\0`), { type: 'L' }),
    member('deep/third.avi', readFileSync(join(folder, 'b.mp4'))),
    member('train/readme.txt', Buffer.from('no video')),
  ];
  writeFileSync(join(folder, 'shard.tar'), archive(...parts));
  writeFileSync(join(folder, 'cut.tar'), Buffer.concat(parts).subarray(0, 3000));
  writeFileSync(join(folder, 'text.tar'), 'text '.repeat(400));
  ({ server, address } = await serveFolder(createServer, folder));
});
afterAll(() => void server.close());

it('the videos of a shard, with labels, in order', async () => {
  const videos = await listTarVideos(join(folder, 'shard.tar'));
  expect(videos.map(({ key, label }) => ({ key, label }))).toEqual([
    { key: 'train/first', label: 7 },
    { key: 'train/second', label: 3 },
    { key: `${'deep/'.repeat(30)}third`, label: -1 },
  ]);
});

it.for(decoders)('%s decodes members in place', async (decoder) => {
  const [first, second] = await listTarVideos(join(folder, 'shard.tar'));
  for (const [source, path] of [[first!.path, join(folder, 'a.mp4')] as const, [second!.path, nasa] as const]) {
    const inside = await openVideo(source, { decoder, indexCache: false });
    const outside = await openVideo(path, { decoder, indexCache: false });
    expect({ ...inside.info, path }).toEqual({ ...outside.info, path });
    const [a, b] = [await inside.decode([3, 15]), await outside.decode([3, 15])];
    expect(Buffer.compare(a.data, b.data)).toBe(0);
  }
});

it('shards behind http, through the loader', async () => {
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

it('shards behind signed addresses', async () => {
  const signed = `${address}/shard.tar?X-Signature=a%2Fb%3D&part=1`;
  const videos = await listTarVideos(signed);
  expect(videos.map(({ path }) => path.startsWith(`${signed}#tar:`))).toEqual([true, true, true]);
  expect((await openVideo(videos[0]!.path, { indexCache: false })).info.frames).toBe(20);
});

it('archives that are cut off or no archives', async () => {
  await expect(listTarVideos(join(folder, 'cut.tar'))).rejects.toMatchObject({ code: 'truncated' });
  await expect(listTarVideos(join(folder, 'text.tar'))).rejects.toThrow(/not a tar archive/);
  await expect(listTarVideos(join(folder, 'none.tar'))).rejects.toMatchObject({ code: 'missing' });
  const [first] = await listTarVideos(pathToFileURL(join(folder, 'shard.tar')).href);
  await expect(openVideo(first!.path.replace('shard.tar', 'cut.tar'))).rejects.toMatchObject({ code: 'truncated' });
});

/** Writes an archive and lists its videos. */
async function list(name: string, parts: Buffer[], end = true) {
  writeFileSync(join(folder, name), end ? archive(...parts) : Buffer.concat(parts));
  return listTarVideos(join(folder, name));
}
const labelsOf = (videos: Awaited<ReturnType<typeof list>>) =>
  videos.map(({ key, label, className }) => [key, className ?? label]);
const video = (name: string, fields: MemberFields = {}) => member(name, Buffer.from('a video'), fields);
const text = (name: string, content: string) => member(name, Buffer.from(content));

it("macOS's ._ members and other hidden names are no videos and no labels", async () => {
  const parts = ['./._a.mp4', './a.mp4', './._a.cls', './a.cls', '.hidden.mp4', './b.mp4'].map((name) =>
    text(name, name.endsWith('a.cls') ? (name.includes('._') ? '\0\u0005\u0016\u0007' : '3') : 'bytes'),
  );
  expect(labelsOf(await list('apple.tar', parts))).toEqual([
    ['./a', 3],
    ['./b', -1],
  ]);
});

it('names with dots are videos of their own, and the longest label counts', async () => {
  const names = ['clip_1.5s.mp4', 'clip_1.7s.mp4', 'clip_1.9s.mp4'];
  expect(
    labelsOf(
      await list(
        'dots.tar',
        names.map((name) => video(name)),
      ),
    ),
  ).toEqual([
    ['clip_1.5s', -1],
    ['clip_1.7s', -1],
    ['clip_1.9s', -1],
  ]);
  const labelled = [video('a.left.mp4'), video('a.right.mp4'), text('a.cls', '1'), text('a.right.cls', '2')];
  expect(labelsOf(await list('views.tar', [...labelled, text('a.meta.json', '{"label": 9}')]))).toEqual([
    ['a.left', 1],
    ['a.right', 2],
  ]);
});

it('a label that is no class number from 0 refuses nothing and is none', async () => {
  const labels: [string, string, string | number][] = [
    ['cls', '7\n', 7],
    ['cls', '007', 7],
    ['cls', '', -1],
    ['cls', '-1', -1],
    ['cls', '0x10', '0x10'],
    ['cls', '1.0', '1.0'],
    ['cls', 'archery', 'archery'],
    ['json', '{"label": "archery", "id": 1}', 'archery'],
    ['json', '{"label": "3"}', 3],
    ['json', '{"cls": 2, "label": null}', 2],
    ['json', '{"label": 1.5}', '1.5'],
    ['json', '{"label": -1}', -1],
    ['json', '{"label": {"id": 1}}', '{"id":1}'],
    ['json', 'null', -1],
    ['json', '[3]', -1],
    ['json', '{"label": 3', '{"label": 3'],
  ];
  const parts = labels.flatMap(([extension, content], i) => [video(`v${i}.mp4`), text(`v${i}.${extension}`, content)]);
  expect(labelsOf(await list('labels.tar', parts))).toEqual(labels.map(([, , found], i) => [`v${i}`, found]));
});

it('two labels of one video: a number before a name, and none where they differ', async () => {
  const parts = [
    ...[video('a.mp4'), text('a.json', '{"label": "archery"}'), text('a.cls', '3')],
    ...[video('b.mp4'), text('b.json', '{"label": 4}'), text('b.cls', '3')],
    ...[video('c.mp4'), text('c.cls', '5'), text('c.cls', '5')],
  ];
  expect(labelsOf(await list('two.tar', parts))).toEqual([
    ['a', 3],
    ['b', '4 and 3'],
    ['c', 5],
  ]);
});

it('archives joined to one file are read to the last, each with its own labels', async () => {
  const first = archive(video('a.mp4'), text('a.cls', '0'), video('b.mp4'));
  const second = archive(video('a.mp4'), text('a.cls', '1'), text('b.cls', '2'), video('c.mp4'));
  writeFileSync(join(folder, 'joined.tar'), Buffer.concat([first, Buffer.alloc(70_000 - (70_000 % 512)), second]));
  expect(labelsOf(await listTarVideos(join(folder, 'joined.tar')))).toEqual([
    ['a', 0],
    ['b', -1],
    ['a', 1],
    ['c', -1],
  ]);
  writeFileSync(join(folder, 'tail.tar'), Buffer.concat([first, Buffer.from('what is this'.repeat(50))]));
  await expect(listTarVideos(join(folder, 'tail.tar'))).rejects.toThrow(
    `at byte ${first.length}, is no other archive; cut it off: truncate -s ${first.length} FILE`,
  );
});

it.for([
  ['negative octal', { size: '-0000001000\0' }],
  ['no digits', { size: 'abcdefghijk\0' }],
  ['octal with an 8', { size: '00000000081\0' }],
  ['negative binary', { size: Buffer.from('ffffffffffffffffffffff00', 'hex') }],
  ['binary beyond all files', { size: Buffer.from('8000000f0000000000000000', 'hex') }],
  ['negative pax', { pax: { size: '-1536' } }],
  ['pax that is no number', { pax: { size: '1e3' } }],
] as [string, MemberFields][])('a size that is none is an error at once: %s', async ([, fields]) => {
  const begun = performance.now();
  const listing = list('size.tar', [video('first.mp4'), video('a.mp4', fields), video('last.mp4')]);
  await expect(listing).rejects.toMatchObject({ code: 'not-a-video', reason: expect.stringMatching(/a size of "/) });
  expect(performance.now() - begun).toBeLessThan(5000);
});

it('large and extended sizes are read', async () => {
  const size = Buffer.alloc(12);
  size[0] = 0x80;
  size.writeUInt32BE(7, 8);
  const parts = [
    video('a.mp4', { size }),
    video('b.mp4', { size: '00000000000\0', pax: { size: '7' } }),
    video('c.mp4'),
  ];
  const sizes = (await list('sizes.tar', parts)).map(({ path }) => /#tar:\d+\+(\d+):/.exec(path)![1]);
  expect(sizes).toEqual(['7', '7', '7']);
});

it('a damaged pax record is an error', async () => {
  const broken = member('././@PaxHeader', Buffer.from('99 path=b.mp4\n'), { type: 'x' });
  await expect(list('pax.tar', [broken, video('a.mp4')])).rejects.toThrow(/an unreadable pax record/);
});

it('names with a newline, percent signs and what looks like a source', async () => {
  const names = ['a\nb.mp4', '100%.mp4', 'x#tar:0+1:y.mp4'];
  const content = readFileSync(join(folder, 'a.mp4'));
  const videos = await list(
    'names.tar',
    names.map((name) => member(name, content)),
  );
  expect(videos.map(({ key }) => `${key}.mp4`)).toEqual(names);
  for (const { path } of videos) expect((await openVideo(path, { indexCache: false })).info.frames).toBe(20);
});

it('links are the members they lead to; one that leads elsewhere is named', async () => {
  const parts = [
    member('v/', Buffer.alloc(0), { type: '5' }),
    video('v/a.mp4'),
    member('v/hard.mp4', Buffer.alloc(0), { type: '1', link: 'v/a.mp4' }),
    member('w/soft.mp4', Buffer.alloc(0), { type: '2', link: '../v/hard.mp4' }),
    member('w/soft.cls', Buffer.alloc(0), { type: '2', link: 'label.cls' }),
    text('w/label.cls', '4'),
  ];
  const videos = await list('links.tar', parts);
  expect(labelsOf(videos)).toEqual([
    ['v/a', -1],
    ['v/hard', -1],
    ['w/soft', 4],
  ]);
  expect(new Set(videos.map(({ path }) => /#tar:(\d+\+\d+):/.exec(path)![1])).size).toBe(1);
  const outside = member('b.mp4', Buffer.alloc(0), { type: '2', link: '/data/b.mp4' });
  await expect(list('outside.tar', [outside])).rejects.toThrow('b.mp4 is a link to /data/b.mp4, which is not in the');
  const circle = ['a', 'b'].map((name) =>
    member(`${name}.mp4`, Buffer.alloc(0), { type: '2', link: name === 'a' ? 'b.mp4' : 'a.mp4' }),
  );
  await expect(list('circle.tar', circle)).rejects.toThrow('is a link to');
});

it('what is no plain archive is named with its remedy', async () => {
  await expect(list('open.tar', [video('a.mp4')], false)).rejects.toMatchObject({
    ...{ code: 'truncated', reason: expect.stringMatching(/stops at byte 1024 .* truncate -s \+1024 FILE/) },
  });
  await expect(list('padding.tar', [video('a.mp4').subarray(0, 520)], false)).rejects.toThrow(
    /stops at byte|ends inside/,
  );
  await expect(list('none.tar', [], false)).rejects.toMatchObject({ code: 'empty' });
  writeFileSync(join(folder, 'packed.tar'), gzipSync(archive(video('a.mp4'))));
  await expect(listTarVideos(join(folder, 'packed.tar'))).rejects.toThrow('it is compressed; unpack it');
  await expect(list('sparse.tar', [video('a.mp4', { type: 'S' })])).rejects.toThrow('a.mp4 is stored as a sparse file');
  const sparse = video('GNUSparseFile.0/a.mp4', { pax: { 'GNU.sparse.major': '1' } });
  await expect(list('sparse.tar', [sparse])).rejects.toThrow('pack it without --sparse');
});

it('shard order: every video once over all processes, nearly sequential, new each epoch', () => {
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
