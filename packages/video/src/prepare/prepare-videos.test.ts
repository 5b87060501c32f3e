import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { encodeVideo } from '../encode-video.js';
import { openVideo } from '../open-video.js';
import { runFfmpeg } from '../run-ffmpeg.js';
import { prepareVideos } from './prepare-videos.js';
import { copyPath } from './prepared-folder.js';
import { chooseTranscoder } from './transcoder.js';

const settings = { shortSide: 32, gop: 4, crf: 20, workers: 2, ffmpeg: 'wasm', timeoutMs: 60_000 } as const;

const hasFfmpeg = spawnSync(process.env.FFMPEG_PATH || 'ffmpeg', ['-version']).status === 0;
const transcoders = hasFfmpeg ? (['wasm', 'cli'] as const) : (['wasm'] as const);

describe('copyPath', () => {
  it.each([
    ['/v/a b.mp4', 'a_b'],
    ['https://h/v/c.mp4?sig=a/b.mov#t', 'c'],
    ['/v/s.tar#tar:512+9:deep/d.mp4', 'd'],
    ['https://h/s.tar?sig=1#tar:512+9:e\nf.mp4', 'e_f'],
  ])('names the copy of %j after the video', (source, name) => {
    expect(basename(copyPath('/copies', source))).toMatch(new RegExp(`^${name}-[0-9a-f]{10}\\.mp4$`));
  });

  it('keeps names short enough for a file system', () => {
    const name = basename(copyPath('/copies', `/v/${'影'.repeat(80)}.mp4`));
    expect(name).toMatch(/^影+-[0-9a-f]{10}\.mp4$/);
    expect(Buffer.byteLength(name)).toBeLessThan(220);
  });
});

describe('prepareVideos', () => {
  it('copies with the short side and all frames, keeps what is there, and tells what failed', async () => {
    const folder = temporaryFolder('prepare');
    const source = join(folder, 'wide clip.mp4');
    const data = Uint8Array.from({ length: 10 * 48 * 96 * 3 }, (_, i) => (i * 7) & 255);
    await encodeVideo({ frames: { data, frames: 10, height: 48, width: 96 }, rate: 10, output: source });
    const text = join(folder, 'text.mp4');
    writeFileSync(text, 'not a video');
    const options = { ...settings, videos: [source, text, source], folder: join(folder, 'small') };

    const told: string[] = [];
    const first = await prepareVideos({ ...options, onPrepared: ({ path }) => told.push(path) });
    const copy = copyPath(options.folder, source);
    expect(first.transcoder).toBe('ffmpeg.wasm');
    expect(first.videos).toEqual([
      { path: source, copy, outcome: 'made' },
      {
        path: text,
        copy: expect.any(String),
        outcome: 'failed',
        reason: expect.stringMatching(/^(?!.*text\.mp4: ).*Invalid data/),
        passing: false,
      },
    ]);
    expect(told.sort()).toEqual([text, source]);
    const video = await openVideo(copy);
    expect(video.info).toMatchObject({ frames: 10, width: 64, height: 32, codec: 'h264' });

    const again = async () => (await prepareVideos(options)).videos[0]!.outcome;
    const { mtimeMs } = statSync(copy);
    expect(await again()).toBe('kept');
    expect(statSync(copy).mtimeMs).toBe(mtimeMs);
    utimesSync(source, new Date(), new Date(Date.now() + 60_000)); // the source changed: copied anew
    expect(await again()).toBe('made');
    const refusal = { name: 'PrepareError', setting: 'folder', message: expect.stringMatching(/"gop": 4.*"gop": 8/) };
    await expect(prepareVideos({ ...options, gop: 8 })).rejects.toMatchObject(refusal);
  });

  it.each(transcoders)('copies no video that a playlist names, and nothing of a cut file: %s', async (ffmpeg) => {
    const folder = temporaryFolder('prepare');
    const secret = join(folder, 'secret.mp4');
    const data = new Uint8Array(10 * 48 * 96 * 3).fill(90);
    await encodeVideo({ frames: { data, frames: 10, height: 48, width: 96 }, rate: 10, output: secret });
    writeFileSync(join(folder, 'playlist.mp4'), `ffconcat version 1.0\nfile '${secret}'\n`);
    writeFileSync(join(folder, 'cut.mp4'), readFileSync(secret).subarray(0, 700));
    const bad = ['playlist.mp4', 'cut.mp4'].map((name) => join(folder, name));
    const { videos } = await prepareVideos({ ...settings, ffmpeg, videos: bad, folder: join(folder, 'small') });
    expect(videos).toMatchObject([
      { outcome: 'failed', reason: expect.stringMatching(/format \(concat\) is not one/) },
      { outcome: 'failed', reason: expect.stringMatching(/moov atom not found/) },
    ]);
    // Nor does what copies, had nobody looked at the source before.
    const playlist = { ...(await openVideo(secret)).info, path: join(folder, 'playlist.mp4') };
    const copying = chooseTranscoder(ffmpeg).transcode(playlist, join(folder, 'copy.mp4'), settings, 60_000);
    // The newest FFmpeg says no more than that.
    await expect(copying).rejects.toThrow(/whitelist|Error opening input: Invalid argument/);
  });

  it.each(transcoders)(
    'copies what decoders show, upright and in one size: %s',
    { timeout: 60_000 },
    async (ffmpeg) => {
      const folder = temporaryFolder('prepare');
      const cases = fixture('cases/mirrored/');
      const mirrored = readdirSync(cases).filter((name) => !name.endsWith('.md'));
      for (const name of mirrored) copyFileSync(cases + name, join(folder, name));
      copyFileSync(join(cases, '../cropped/clean-aperture.mp4'), join(folder, 'cropped.mp4'));
      const make = (name: string, ...args: string[]) =>
        runFfmpeg(['-v', 'error', ...args, name], { outputs: { [name]: join(folder, name) } });
      const picture = (size: string) => ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25:duration=0.4`];
      await make('gray.mkv', ...picture('96x64'), '-c:v', 'ffv1', '-pix_fmt', 'gray', '-color_range', 'tv');
      const two = ['-map', '0', '-map', '1', '-c:v', 'ffv1', '-disposition:v:0', '0', '-disposition:v:1', 'default'];
      await make('second-is-best.mkv', ...picture('48x48'), ...picture('96x64'), ...two);
      const jpeg = ['-c:v', 'mjpeg', '-q:v', '2', '-pix_fmt', 'yuvj420p'];
      await make('wide.avi', ...picture('96x64'), ...jpeg);
      await make('tall.avi', ...picture('64x96'), ...jpeg);
      const list = Buffer.from('file wide.avi\nfile tall.avi\n');
      await runFfmpeg(['-v', 'error', '-f', 'concat', '-i', 'list', '-c', 'copy', 'turned.avi'], {
        inputs: { list, 'wide.avi': join(folder, 'wide.avi'), 'tall.avi': join(folder, 'tall.avi') },
        outputs: { 'turned.avi': join(folder, 'turned.avi') },
      });

      const names = ['cropped.mp4', ...mirrored, 'gray.mkv', 'second-is-best.mkv', 'turned.avi'];
      const output = join(folder, 'copies');
      const videos = names.map((name) => join(folder, name));
      const prepared = await prepareVideos({ ...settings, ffmpeg, shortSide: 64, crf: 1, videos, folder: output });
      expect(new Set(prepared.videos.map(({ outcome }) => outcome))).toEqual(new Set(['made']));
      for (const name of names) {
        const source = await openVideo(join(folder, name));
        const copy = await openVideo(copyPath(output, join(folder, name)));
        const { frames, width, height } = source.info;
        expect(copy.info, name).toMatchObject({ frames, width, height, mirrored: false, rotation: 0 });
        for (const frame of [1, frames - 1]) {
          const [expected, found] = [await source.decode([frame]), await copy.decode([frame])];
          const sum = expected.data.reduce((total, value, i) => total + Math.abs(value - found.data[i]!), 0);
          // What the other chroma layout and, where pictures change size, another filter come to.
          expect(sum / expected.data.length, `${name}, frame ${frame}`).toBeLessThan(name === 'turned.avi' ? 6 : 3);
        }
      }
    },
  );

  it.for(transcoders)('%s: copies films behind http whole, however their server cuts its answers', async (ffmpeg) => {
    const folder = temporaryFolder('prepare-http');
    const source = join(folder, 'film.mkv');
    const data = Uint8Array.from({ length: 40 * 32 * 48 * 3 }, (_, i) => (i * 7919 + (i >> 4)) & 255);
    await encodeVideo({ frames: { data, frames: 40, height: 32, width: 48 }, rate: 10, output: source });
    const content = readFileSync(source);
    let refusals = 0;
    const server = createServer((request, response) => {
      if (request.url === '/away.mkv' || refusals++ === 0) {
        return response.writeHead(503, { 'retry-after': '3600' }).end();
      }
      const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '')!.map(Number) as [
        number,
        number,
        number,
      ];
      const end = Math.min(last + 1, first + 5000, content.length);
      const headers = { 'content-range': `bytes ${first}-${end - 1}/${content.length}` };
      return response.writeHead(206, headers).end(content.subarray(first, end));
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    try {
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const output = join(folder, 'small');
      const films = [`${address}/film.mkv`, `${address}/away.mkv`];
      const { videos } = await prepareVideos({ ...settings, ffmpeg, videos: films, folder: output });
      expect(videos).toMatchObject([
        { outcome: 'made' },
        { outcome: 'failed', passing: true, reason: expect.stringMatching(/503/) },
      ]);
      const video = await openVideo(copyPath(output, `${address}/film.mkv`));
      expect(video.info.frames).toBe(40);
      expect(readdirSync(output, { recursive: true }).filter((name) => /source|partial/.test(String(name)))).toEqual(
        [],
      );
    } finally {
      server.close();
    }
  });
});
