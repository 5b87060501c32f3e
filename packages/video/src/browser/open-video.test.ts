import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, CHROMIUM, openPage, type TestPage } from '@vjepa/test-kit/page';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openVideo } from '../open-video.js';

const require = createRequire(import.meta.url);
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const nasa = here('../../../../fixtures/videos/nasa_13013.mp4');
const core = dirname(require.resolve('@ffmpeg/core')).replace(/umd$/, 'esm');
const ffmpeg = dirname(require.resolve('@ffmpeg/ffmpeg/worker'));

/** Imports the package by its name, as an application would. */
const SCRIPT = {
  stdin: {
    contents: `
      import { cropResize, openVideo, sampleClipIndices, sampleRandom, VideoError } from '@vjepa/video';
      Object.assign(globalThis, { cropResize, openVideo, sampleClipIndices, sampleRandom, VideoError });`,
    resolveDir: here('.'),
  },
};

function file(url: string): string | Buffer | undefined {
  if (url === '/video.mp4') return readFileSync(nasa);
  if (url === '/text.mp4') return 'not a video '.repeat(500);
  const folder = url.startsWith('/core/') ? core : url.startsWith('/ffmpeg/') ? ffmpeg : undefined;
  const path = folder && join(folder, url.split('/')[2]!);
  return path && existsSync(path) ? readFileSync(path) : undefined;
}

describe.skipIf(!CHROMIUM)('in headless Chromium (set CHROMIUM_PATH to name one)', () => {
  let opened: TestPage;

  beforeAll(async () => {
    opened = await openPage({
      script: SCRIPT,
      ready: 'openVideo',
      file,
    });
  }, 360_000);
  afterAll(() => opened?.close());

  /** Runs code in the page; `urls` is there for `openVideo`. */
  const run = <T>(code: string): Promise<T> =>
    opened.page.evaluate(`(async () => {
      const at = (path) => new URL(path, location.href).href;
      const urls = {
        coreURL: at('/core/ffmpeg-core.js'),
        wasmURL: at('/core/ffmpeg-core.wasm'),
        classWorkerURL: at('/ffmpeg/worker.js'),
      };
      ${code}
    })()`);

  it('a clip decodes to the frames that Node gets', { timeout: 360_000 }, async () => {
    const result = await run<{ info: object; indices: number[]; hash: string; clip: number }>(`
      const video = await openVideo(at('/video.mp4'), { ffmpeg: urls });
      const random = sampleRandom(0, 0, 0);
      const [indices] = sampleClipIndices({ framesPerClip: 8, frameStep: 4 }, video.info.frames, random);
      const frames = await video.decode(indices);
      const digest = await crypto.subtle.digest('SHA-256', frames.data);
      const box = { top: 10, left: 20, height: 200, width: 200 };
      const clip = cropResize(frames, box, 64, new Uint8Array(8 * 64 * 64 * 3));
      await video.close();
      const hash = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      return { info: video.info, indices: [...indices], hash, clip: clip.length };`);
    const video = await openVideo(nasa, { decoder: 'wasm' });
    const { path: _, ...info } = video.info;
    expect(result.info).toMatchObject(info);
    const { data } = await video.decode(result.indices);
    expect(result.hash).toBe(createHash('sha256').update(data).digest('hex'));
    expect(result.clip).toBe(8 * 64 * 64 * 3);
  });

  it('a Blob, and errors with their reasons', { timeout: 360_000 }, async () => {
    const result = await run<{ frames: number; errors: string[] }>(`
      const blob = await (await fetch('/video.mp4')).blob();
      const video = await openVideo(new File([blob], 'my video.mp4'), { ffmpeg: urls });
      const failed = (source, options) => openVideo(source, options).then(() => 'opened', (error) =>
        (error instanceof VideoError ? error.code + ': ' : '') + error.message);
      const nowhere = { ...urls, classWorkerURL: at('/nowhere.js') };
      const errors = [
        await failed(blob, { ffmpeg: nowhere, timeoutMs: 1500 }),
        await failed(at('/text.mp4'), { ffmpeg: urls }),
        await failed(at('/nothing.mp4'), { ffmpeg: urls }),
        await failed(new Blob([]), { ffmpeg: urls }),
        await failed(blob),
      ];
      await video.close();
      return { frames: video.info.frames, errors };`);
    expect(result.frames).toBe(390);
    expect(result.errors[0]).toMatch(/^decoder-unavailable: .*nowhere\.js/);
    expect(result.errors[1]).toMatch(/^not-a-video: .*text\.mp4: .*Invalid data found/);
    expect(result.errors[2]).toMatch(/^missing: .*nothing\.mp4.*404/);
    expect(result.errors[3]).toMatch(/^empty: /);
    expect(result.errors[4]).toMatch(/coreURL/);
  });
});

it('the bundle holds neither ffmpeg.wasm nor modules of Node', async () => {
  const text = await bundle(SCRIPT);
  expect(text.length).toBeLessThan(500_000);
  expect(text).not.toMatch(/from\s*["']node:/);
});
