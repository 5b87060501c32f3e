import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { availableDecoders } from './available-decoders.fixture.js';
import { openVideo } from './open-video.js';
import { runFfmpeg } from './run-ffmpeg.js';
import { type RangeServer, serveFolder } from './sources/range-server.fixture.js';
import { tarMemberSource } from './sources/source-location.js';

const nasa = fixture('videos/nasa_13013.mp4');
const folder = temporaryFolder('containers');
const decoders = await availableDecoders();
const at = (name: string) => join(folder, name);
let web: RangeServer;

/** Texts that name another video, for FFmpeg to open in its place. */
const playlists: Record<string, (victim: string) => string> = {
  dash: (victim) =>
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT3S" ' +
    'profiles="urn:mpeg:dash:profile:isoff-main:2011"><Period><AdaptationSet mimeType="video/mp4"><Representation ' +
    `id="1" bandwidth="1000" width="160" height="120"><BaseURL>${victim}</BaseURL></Representation></AdaptationSet>` +
    '</Period></MPD>\n',
  hls: (victim) => `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:13\n#EXTINF:13.0,\n${victim}\n#EXT-X-ENDLIST\n`,
  concat: (victim) => `ffconcat version 1.0\nfile '${victim.replace('file://', '')}'\n`,
  imf: (victim) =>
    '<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"><Id>' +
    `${victim}</Id></CompositionPlaylist>\n`,
  sdp: () => 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n',
};

beforeAll(async () => {
  web = await serveFolder(createServer, folder);
  mkdirSync(at('victim'));
  await runFfmpeg(
    ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=25:duration=1', '-c:v', 'libx264', 'o.mp4'],
    { outputs: { 'o.mp4': at('victim/secret.mp4') } },
  );
  await runFfmpeg(
    ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=25:duration=1', '-c:v', 'mpeg4', 'o.ts'],
    { outputs: { 'o.ts': at('victim/secret.ts') } },
  );
});
afterAll(() => void web.server.close());

/** Where a text stands in for a video: a file, a member of an archive, behind http, and a member of an archive there. */
function placesOf(name: string, text: string): string[] {
  writeFileSync(at(`${name}.mp4`), text);
  const shard = Buffer.concat([Buffer.alloc(512), Buffer.from(text), Buffer.alloc(512)]);
  writeFileSync(at(`${name}.tar`), shard);
  const member = { name: 'clip.mp4', offset: 512, size: Buffer.byteLength(text) };
  const sources = [at(`${name}.mp4`), `${web.address}/${name}.mp4`];
  return [
    ...sources,
    tarMemberSource(at(`${name}.tar`), member),
    tarMemberSource(`${web.address}/${name}.tar`, member),
  ];
}

describe.each(decoders)('%s', (decoder) => {
  it.for(Object.entries(playlists))(
    'a playlist is no video, and nothing it names is opened: %s',
    async ([kind, text]) => {
      for (const [i, victim] of [
        pathToFileURL(at('victim/secret.mp4')).href,
        `${web.address}/victim/secret.ts`,
      ].entries()) {
        for (const path of placesOf(`${kind}-${decoder}-${i}`, text(victim))) {
          web.ranges.length = 0;
          const opening = openVideo(path, { decoder, indexCache: false });
          await expect(opening, path).rejects.toMatchObject({ code: 'not-a-video', path });
          expect(web.ranges.filter((range) => range.includes('secret'))).toEqual([]);
        }
      }
    },
  );

  it('a refusal names the format found and what is read', async () => {
    const [path] = placesOf(`reason-${decoder}`, playlists.concat!('secret.mp4'));
    const opening = openVideo(path!, { decoder, indexCache: false });
    await expect(opening).rejects.toThrow(/its format \(concat\) is not one .*mp4, mkv/);
  });

  it('JPEG pictures one after another are a video, a single one is not', async () => {
    const film = at('film.mjpeg');
    const source = ['-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=25:duration=1', '-pix_fmt', 'yuvj420p'];
    await runFfmpeg(['-v', 'error', ...source, '-c:v', 'mjpeg', 'o.mjpeg'], { outputs: { 'o.mjpeg': film } });
    const video = await openVideo(film, { decoder, indexCache: false });
    expect(video.info).toMatchObject({ frames: 25, width: 96 });
    expect((await video.decode([24])).frames).toBe(1);
    const bytes = readFileSync(film);
    writeFileSync(at('picture.mp4'), bytes.subarray(0, bytes.indexOf('\xff\xd9', 0, 'latin1') + 2));
    const opening = openVideo(at('picture.mp4'), { decoder, indexCache: false });
    await expect(opening).rejects.toMatchObject({ code: 'not-a-video' });
  });

  it('a moving WebP, which most builds of FFmpeg do not read, is a picture', async () => {
    const size = { width: 16, height: 48, pageHeight: 16, channels: 3 } as const;
    const pages = Uint8Array.from({ length: 16 * 48 * 3 }, (_, i) => (i * 7) % 251);
    await sharp(pages, { raw: size })
      .webp({ delay: [40, 40, 40] })
      .toFile(at('moving.webp'));
    await expect(openVideo(at('moving.webp'), { decoder, indexCache: false })).rejects.toMatchObject({
      code: 'not-a-video',
      reason: expect.stringMatching(/single pictures/),
    });
  });

  it('names that look like addresses, patterns or options are names of files', async () => {
    const names = [
      'concat:a|b.mp4',
      'http:x.mp4',
      '-i.mp4',
      'clip%03d.mp4',
      'clip*.mp4',
      'a,b;c.mp4',
      'subfile,,start,9,,:x.mp4',
    ];
    for (const name of names) {
      copyFileSync(at('victim/secret.mp4'), at(name));
      const video = await openVideo(at(name), { decoder, indexCache: false });
      expect(video.info, name).toMatchObject({ frames: 25, width: 96 });
      expect((await video.decode([3])).frames).toBe(1);
    }
    for (const name of ['picture%03d.png', 'picture*.jpg', 'concat:picture.mp4|secret.mp4']) {
      await expect(openVideo(at(name), { decoder }), name).rejects.toMatchObject({ code: 'missing' });
    }
  });

  it('pictures that lie in another file than the mp4 that describes them are not looked for there', async () => {
    const whole = readFileSync(at('victim/secret.mp4'));
    for (const reference of [macAlias(at('victim/secret.mp4')), addressReference('file:secret.mp4')]) {
      writeFileSync(at('victim/reference.mov'), withDataReference(whole, reference));
      const opening = openVideo(at('victim/reference.mov'), { decoder, indexCache: false });
      await expect(opening).rejects.toMatchObject({
        code: 'no-video-stream',
        reason: expect.stringMatching(/lie in another file, which is not opened/),
      });
    }
  });
});

/** A box (ISO/IEC 14496-12) of version 0 without flags: of a data reference that says the data are elsewhere. */
function box(type: string, content: Buffer): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt32BE(12 + content.length);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, content]);
}

const addressReference = (address: string) => box('url ', Buffer.from(`${address}\0`));

/** QuickTime's way of naming another file: an alias record with its absolute path. */
function macAlias(path: string): Buffer {
  const record = Buffer.alloc(150);
  const name = Buffer.from(path);
  const field = Buffer.alloc(4);
  field.writeUInt16BE(2);
  field.writeUInt16BE(name.length, 2);
  return box(
    'alis',
    Buffer.concat([record, field, name, Buffer.alloc(name.length & 1), Buffer.from([255, 255, 0, 0])]),
  );
}

/** The file with another entry in the place of its one data reference; its index lies at its end. */
function withDataReference(bytes: Buffer, entry: Buffer): Buffer {
  const place = bytes.indexOf('url \0\0\0\u0001', 0, 'latin1') - 4;
  const out = Buffer.concat([bytes.subarray(0, place), entry, bytes.subarray(place + 12)]);
  for (const type of ['moov', 'trak', 'mdia', 'minf', 'dinf', 'dref']) {
    const start = bytes.lastIndexOf(type, place, 'latin1') - 4;
    out.writeUInt32BE(out.readUInt32BE(start) + entry.length - 12, start);
  }
  return out;
}

it('real containers are read', async () => {
  const video = await openVideo(nasa);
  expect(video.info.frames).toBe(390);
});
