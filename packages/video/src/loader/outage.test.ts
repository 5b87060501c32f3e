import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { encodeVideo } from '../encode-video.js';
import type { UnavailableVideo } from '../retry-unavailable.js';
import { type ClipLoader, type ClipLoaderOptions, createClipLoader } from './clip-loader.js';

/** Whether, and how, the server refuses a video just now. */
let refuses: (name: string) => { status: number; headers: Record<string, string> } | undefined;
let server: Server;
let loader: ClipLoader;
let content: Buffer;

beforeAll(async () => {
  const output = join(temporaryFolder('outage'), 'a.mp4');
  const [frames, height, width] = [12, 32, 48];
  const data = Uint8Array.from({ length: frames * height * width * 3 }, (_, i) => Math.floor(i / 4608) * 10);
  await encodeVideo({ frames: { data, frames, height, width }, rate: 10, output });
  content = readFileSync(output);
});
beforeEach(async () => {
  refuses = () => undefined;
  server = createServer((request, response) => {
    const refusal = refuses(request.url!.slice(1));
    if (refusal) return response.writeHead(refusal.status, refusal.headers).end();
    const headers = { 'content-range': `bytes 0-${content.length - 1}/${content.length}` };
    return response.writeHead(206, headers).end(content);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
});
afterEach(async () => {
  await loader.close();
  server.closeAllConnections();
  server.close();
});

function open(options: Partial<ClipLoaderOptions>): void {
  const { port } = server.address() as AddressInfo;
  const videos = ['a', 'b', 'c'].map((name, label) => ({ path: `http://127.0.0.1:${port}/${name}.mp4`, label }));
  loader = createClipLoader({
    ...{ videos, clip: { framesPerClip: 4, frameStep: 2 }, transform: { kind: 'evaluation', size: 16 } },
    ...{ workers: 1, decoder: 'wasm', indexCache: false, prefetch: 1, ...options },
  });
}

/** Draws video b; the video that came of it, and its failures. */
async function drawB(draw: number) {
  for await (const batch of loader.batches([[{ index: 1, epoch: 0, draw }]])) {
    const { labels, failures, release } = batch;
    release();
    return { label: labels[0], failures };
  }
  throw new Error('no batch');
}

it.for([503, 429, 500, 408])('a sample waits for a video whose server answers %i for a while', async (status) => {
  const waits: UnavailableVideo[] = [];
  let begun: number | undefined;
  refuses = () => {
    begun ??= performance.now();
    return performance.now() - begun < 4000 ? { status, headers: {} } : undefined;
  };
  open({ onUnavailable: (video) => waits.push(video) });
  expect(await drawB(0)).toEqual({ label: 1, failures: [] });
  expect(waits[0]).toMatchObject({
    path: expect.stringMatching(/b\.mp4$/),
    reason: expect.stringMatching(`${status}`),
  });
  expect(loader.badVideos()).toEqual([]);
});

it('a server that asks to be left alone is left alone', async () => {
  const asked: number[] = [];
  refuses = (name) => {
    if (name !== 'b.mp4') return undefined;
    asked.push(performance.now());
    return asked.length > 1 ? undefined : { status: 429, headers: { 'retry-after': '2' } };
  };
  open({ onBadVideo: 'error' });
  expect(await drawB(0)).toEqual({ label: 1, failures: [] });
  expect(asked[1]! - asked[0]!).toBeGreaterThan(1950);
});

it('a video that stays out of reach is replaced for now, and used as soon as it is back', async () => {
  let isAway = true;
  refuses = (name) => (isAway && name === 'b.mp4' ? { status: 503, headers: {} } : undefined);
  open({ patienceMs: 0 });
  const first = await drawB(0);
  expect(first.label).not.toBe(1);
  expect(first.failures[0]).toMatchObject({ passing: true, reason: expect.stringMatching(/503/) });
  expect(loader.badVideos()).toMatchObject([{ passing: true, count: 1 }]);
  isAway = false;
  expect(await drawB(1)).toEqual({ label: 1, failures: [] });
  expect(loader.badVideos()).toEqual([]);
});

it('a time limit that passed is not remembered as the video’s', async () => {
  let isSlow = true;
  const { port } = server.address() as AddressInfo;
  server.removeAllListeners('request');
  server.on('request', (_request, response) => {
    const headers = { 'content-range': `bytes 0-${content.length - 1}/${content.length}` };
    setTimeout(() => response.writeHead(206, headers).end(content), isSlow ? 9000 : 0);
  });
  const videos = [{ path: `http://127.0.0.1:${port}/b.mp4`, label: 1 }];
  open({ videos: [...videos, ...videos], onBadVideo: 'report', patienceMs: 0, timeLimitMs: 3000 });
  expect((await drawB(0)).failures).toMatchObject([{ passing: true }]);
  isSlow = false;
  expect((await drawB(1)).failures).toEqual([]);
});

it('closing the loader ends the waiting', async () => {
  refuses = () => ({ status: 503, headers: {} });
  const waiting = new Promise<void>((resolve) => open({ onUnavailable: () => resolve() }));
  const drawing = drawB(0);
  drawing.catch(() => {});
  await waiting;
  await loader.close();
  await expect(drawing).rejects.toMatchObject({ code: 'closed' });
});

it('pictures come from servers and archives as videos do', async () => {
  const data = Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => [200, 100, 50][i % 3]!);
  content = await sharp(data, { raw: { width: 40, height: 30, channels: 3 } })
    .png()
    .toBuffer();
  const archive = join(temporaryFolder('pictures'), 'a.tar');
  writeFileSync(archive, Buffer.concat([Buffer.alloc(512), content]));
  const { port } = server.address() as AddressInfo;
  const paths = [`http://127.0.0.1:${port}/a.png`, `${archive}#tar:512+${content.length}:a.png`];
  open({
    ...{ videos: paths.map((path, label) => ({ path, label })), clip: { framesPerClip: 1 } },
    ...{ transform: { kind: 'image-evaluation', size: 16 }, onBadVideo: 'error' },
  });
  for await (const batch of loader.batches([[0, 1].map((index) => ({ index, epoch: 0, draw: index }))])) {
    for (const sample of [0, 1])
      expect([...batch.clips.subarray(768 * sample, 768 * sample + 3)]).toEqual([200, 100, 50]);
    batch.release();
  }
});
