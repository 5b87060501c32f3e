import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { availableDecoders } from '../available-decoders.fixture.js';
import { openVideo } from '../open-video.js';
import { type RangeServer, serveFolder } from './range-server.fixture.js';
import { absoluteSource, ffmpegInput, parseSource, tarMemberSource } from './source-location.js';

const nasa = fixture('videos/nasa_13013.mp4');
const folder = temporaryFolder('http');
const decoders = await availableDecoders();
let web: RangeServer;

beforeAll(async () => {
  copyFileSync(nasa, join(folder, 'a b.mp4'));
  for (const name of ['whole.mp4', 'short.mp4', 'half.mp4']) copyFileSync(nasa, join(folder, name));
  writeFileSync(join(folder, 'cut.mp4'), readFileSync(nasa).subarray(0, 300_000));
  writeFileSync(join(folder, 'empty.mp4'), '');
  web = await serveFolder(createServer, folder);
});
afterAll(() => void web.server.close());

it.for(decoders)('%s: a video behind http gives the frames of the file', async (decoder) => {
  const remote = await openVideo(`${web.address}/a%20b.mp4`, { decoder, indexCache: false });
  const local = await openVideo(nasa, { decoder, indexCache: false });
  expect({ ...remote.info, path: '' }).toEqual({ ...local.info, path: '' });
  const [a, b] = [await remote.decode([5, 200]), await local.decode([5, 200])];
  expect(Buffer.compare(a.data, b.data)).toBe(0);
  expect(web.ranges.length).toBeGreaterThan(0);
});

it.for(decoders)('%s: answers that are cut short give the frames of the file', async (decoder) => {
  const remote = await openVideo(`${web.address}/short.mp4`, { decoder, indexCache: false });
  const local = await openVideo(nasa, { decoder, indexCache: false });
  expect(remote.info.frames).toBe(local.info.frames);
  const wanted = [0, remote.info.frames - 1];
  const [a, b] = [await remote.decode(wanted), await local.decode(wanted)];
  expect(Buffer.compare(a.data, b.data)).toBe(0);
});

it.for(decoders)(
  '%s: a read that fails in mid-file is what is reported, not what the decoder made of it',
  async (decoder) => {
    const indexCache = temporaryFolder('half');
    const path = `${web.address}/half.mp4`;
    const reading = async () => {
      const video = await openVideo(path, { decoder, indexCache });
      await video.decode([video.info.frames - 1]);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'unavailable', path, reason: expect.stringMatching(/503/) });
    expect(readdirSync(indexCache, { recursive: true }).filter((name) => String(name).endsWith('.bin'))).toEqual([]);
  },
);

it.for(decoders)('%s: failures name the address', async (decoder) => {
  const cases = [
    ['none.mp4', 'missing', /404/],
    ['broken.mp4', 'unavailable', /500/],
    ['whole.mp4', 'unreadable', /range requests/],
    ['cut.mp4', 'truncated', /moov atom not found/],
    ['empty.mp4', 'empty', /0 bytes/],
  ] as const;
  for (const [name, code, reason] of cases) {
    const path = `${web.address}/${name}`;
    const opening = openVideo(path, { decoder });
    await expect(opening, name).rejects.toMatchObject({ code, path, reason: expect.stringMatching(reason) });
  }
  const nobody = openVideo('http://127.0.0.1:9/a.mp4', { decoder });
  await expect(nobody).rejects.toMatchObject({
    code: 'unreadable',
    reason: expect.stringMatching(/ECONNREFUSED|bad port/),
  });
});

it('an address that is none is a missing video, for whoever opens it', async () => {
  for (const path of ['http://[/a.mp4', 'file://elsewhere/a.mp4']) {
    expect(absoluteSource(path)).toBe(path);
    await expect(openVideo(path)).rejects.toMatchObject({ code: 'missing', path });
  }
});

it('file:// URLs', async () => {
  const video = await openVideo(pathToFileURL(nasa).href);
  expect(video.info.path).toBe(nasa);
});

it('sources are read and named in one way', () => {
  const member = { name: 'x/clip.mp4', offset: 512, size: 1000 };
  const source = tarMemberSource('/data/s.tar', member);
  expect(parseSource(source)).toEqual({
    ...{ kind: 'file', place: '/data/s.tar', name: 'x/clip.mp4' },
    member: { offset: 512, size: 1000 },
  });
  expect(absoluteSource(source)).toBe(source);
  expect(ffmpegInput(source).input).toBe('subfile,,start,512,end,1512,,:file:/data/s.tar');
  expect(ffmpegInput('/data/a:b.mp4').input).toBe('file:/data/a:b.mp4');
  expect(parseSource('https://h/p/a%20b.mp4?x=1')).toMatchObject({ kind: 'http', name: 'a b.mp4' });
  expect(parseSource('https://h/p/100%.mp4?x=%')).toMatchObject({ kind: 'http', name: '100%.mp4' });
  const broken = tarMemberSource('/data/s.tar', { ...member, name: 'a\nb#tar:1+2:c.mp4' });
  expect(parseSource(broken)).toMatchObject({ place: '/data/s.tar', name: 'a\nb#tar:1+2:c.mp4' });
});
