import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { availableDecoders } from './available-decoders.fixture.js';
import { joinFlv } from './joined-flv.fixture.js';
import { createClipLoader } from './loader/clip-loader.js';
import { openVideo } from './open-video.js';
import { pictureAtSize } from './picture-size.js';
import { handoverFormat } from './pixel-format.js';
import { runFfmpeg } from './run-ffmpeg.js';
import { packedPicture } from './yuv-to-rgb.js';

const folder = temporaryFolder('changing-size');
const decoders = await availableDecoders();
const PART = 20;
const FRAMES = 2 * PART;
const [WIDTH, HEIGHT] = [96, 64];

/** Luma of the left half of frame `i`; the right half is brighter by 80. */
const leftLuma = (i: number) => 20 + 3 * i;
const toRgb = (luma: number) => Math.round(((luma - 16) * 255) / 219);

const X264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-qp', '1', '-bf', '2', '-g', '8', '-threads', '1'];

/** Frames `first` to `first + PART - 1` in the size given. */
async function encode(name: string, size: string, first: number, codec: string[]): Promise<Buffer> {
  const luma = `20+3*(N+${first})+80*gte(X,W/2)`;
  const source = `nullsrc=s=${size}:r=25:d=${PART / 25},format=yuv420p,geq=lum='${luma}':cb=128:cr=128`;
  const path = join(folder, name);
  await runFfmpeg(['-v', 'error', '-f', 'lavfi', '-i', source, ...codec, name], { outputs: { [name]: path } });
  return readFileSync(path);
}

/** Joins two recordings with FFmpeg's `concat` demuxer. */
async function concatenate(parts: string[], to: string): Promise<void> {
  const list = Buffer.from(parts.map((part) => `file ${part}\n`).join(''));
  const inputs = { list, ...Object.fromEntries(parts.map((part) => [part, join(folder, part)])) };
  const args = ['-v', 'error', '-f', 'concat', '-i', 'list', '-c', 'copy', to];
  await runFfmpeg(args, { inputs, outputs: { [to]: join(folder, to) } });
}

beforeAll(async () => {
  const landscape = `${WIDTH}x${HEIGHT}`;
  const both = async (extension: string, size: string, codec: string[]) => {
    const name = (part: number) => `${size}-${codec[1]}-${part}.${extension}`;
    const files = [await encode(name(1), landscape, 0, codec), await encode(name(2), size, PART, codec)] as const;
    return { files, names: [name(1), name(2)] };
  };
  const turned = await both('h264', '64x96', X264);
  writeFileSync(join(folder, 'turned.h264'), Buffer.concat(turned.files));
  const matroska = await both('mkv', '64x96', X264);
  await concatenate(matroska.names, 'turned.mkv');
  const grown = await both('mp4', '192x128', X264);
  await concatenate(grown.names, 'grown.mp4');
  const transport = await both('ts', '64x96', X264);
  await concatenate(transport.names, 'turned.ts');
  const flash = await both('flv', '64x96', X264);
  writeFileSync(join(folder, 'turned.flv'), joinFlv(...flash.files, 40));
  const jpeg = await both('avi', '64x96', ['-c:v', 'mjpeg', '-q:v', '2', '-pix_fmt', 'yuvj420p']);
  await concatenate(jpeg.names, 'turned.avi');
  const vp8 = await both('webm', '48x32', ['-c:v', 'libvpx', '-b:v', '2M', '-g', '8', '-threads', '1']);
  await concatenate(vp8.names, 'shrunk.webm');
}, 120_000);

const NAMES = ['turned.h264', 'turned.mkv', 'grown.mp4', 'turned.ts', 'turned.flv', 'turned.avi', 'shrunk.webm'];

describe('pictures that change size in mid-stream come whole, in their order, at the size of the first', () => {
  it.for(NAMES)('%s', async (name) => {
    const seen = new Map<string, Uint8Array>();
    const cache = join(folder, 'cache');
    for (const decoder of [...decoders, ...decoders]) {
      const indexCache = seen.size > 0 ? cache : (false as const);
      const video = await openVideo(join(folder, name), { decoder, indexCache });
      expect(video.info).toMatchObject({ width: WIDTH, height: HEIGHT, frames: FRAMES });
      const all = Array.from({ length: FRAMES }, (_, i) => i);
      for (const indices of [all, [0, 1], [PART - 2, PART - 1, PART, PART + 1], [FRAMES - 1], [PART + 5, 3]]) {
        const { data } = await video.decode(indices);
        indices.forEach((index, k) => {
          const row = (HEIGHT / 2 + k * HEIGHT) * WIDTH * 3;
          const [left, right] = [WIDTH / 4, (3 * WIDTH) / 4].map((x) => data[row + 3 * x]!);
          // Lossy, and a step is 3: nearer to its own value than to another frame's.
          expect(Math.abs(left! - toRgb(leftLuma(index)))).toBeLessThanOrEqual(1.7);
          expect(Math.abs(right! - toRgb(leftLuma(index) + 80))).toBeLessThanOrEqual(1.7);
        });
        const first = seen.get(indices.join());
        if (first) expect(Buffer.compare(first, data), `${decoder}: frames ${indices}`).toBe(0);
        else seen.set(indices.join(), data);
      }
      await video.close();
    }
  });

  it('clips that are cut in one pass from the planes too', async () => {
    for (const decoder of decoders) {
      const loader = createClipLoader({
        ...{ videos: [{ path: join(folder, 'turned.mkv'), label: 0 }], seed: 1, decoder },
        clip: { framesPerClip: 4, frameStep: 10, placement: 'start' },
        transform: { kind: 'pretraining', size: 32, scale: [1, 1], aspectRatio: [1.5, 1.5], flipProbability: 0 },
      });
      for await (const batch of loader.batches([[{ index: 0, epoch: 0, draw: 0 }]])) {
        const size = 32 * 32 * 3;
        batch.frameIndices[0]!.forEach((index, t) => {
          const left = batch.clips[t * size + (16 * 32 + 8) * 3]!;
          expect(Math.abs(left - toRgb(leftLuma(index)))).toBeLessThanOrEqual(2);
        });
        batch.release();
      }
      await loader.close();
    }
  });
});

describe('a range that changes in mid-stream counts for the pictures that have it', () => {
  const ranges = ['off', 'on'].map((full) => [...X264, '-bf', '0', '-x264-params', `fullrange=${full}`]);

  it.for(['ts', 'mkv'])('range.%s', async (extension) => {
    const parts = [`limited.${extension}`, `full.${extension}`];
    for (const [i, part] of parts.entries()) await encode(part, `${WIDTH}x${HEIGHT}`, i * PART, ranges[i]!);
    await concatenate(parts, `range.${extension}`);
    for (const decoder of decoders) {
      const video = await openVideo(join(folder, `range.${extension}`), { decoder, indexCache: false });
      for (const indices of [[0, PART - 1, PART, FRAMES - 1], [PART + 9], [PART - 2]]) {
        const { data } = await video.decode(indices);
        indices.forEach((index, k) => {
          const left = data[((HEIGHT / 2 + k * HEIGHT) * WIDTH + WIDTH / 4) * 3]!;
          const expected = index < PART ? toRgb(leftLuma(index)) : leftLuma(index);
          expect(Math.abs(left - expected), `${decoder}: frame ${index}`).toBeLessThanOrEqual(2);
        });
      }
    }
  });
});

describe('a picture brought to another size', () => {
  it('is averaged when it shrinks, interpolated when it grows', () => {
    const format = handoverFormat('gray');
    const shrunk = pictureAtSize(packedPicture(Uint8Array.of(0, 100, 200, 100), format, 4, 1), 2, 1);
    // A triangle twice as wide: weights 3, 3, 1 and 1, 3, 3.
    expect([...shrunk.planes[0]!]).toEqual([Math.round(500 / 7), Math.round(1000 / 7)]);
    const grown = pictureAtSize(packedPicture(Uint8Array.of(0, 100), format, 2, 1), 4, 1);
    expect([...grown.planes[0]!]).toEqual([0, 25, 75, 100]);
  });

  it('keeps samples of two bytes, three channels and odd chroma sizes', () => {
    const wide = new Uint8Array(Uint16Array.of(1000, 1020).buffer);
    const ten = pictureAtSize(packedPicture(wide, handoverFormat('gray10le'), 2, 1), 4, 1);
    expect([...new Uint16Array(ten.planes[0]!.buffer)]).toEqual([1000, 1005, 1015, 1020]);
    const rgb = pictureAtSize(packedPicture(Uint8Array.of(1, 2, 3, 1, 2, 3), handoverFormat('bgr0'), 2, 1), 3, 2);
    expect([...rgb.planes[0]!]).toEqual(Array.from({ length: 18 }, (_, i) => 1 + (i % 3)));
    const chroma = pictureAtSize(packedPicture(new Uint8Array(6).fill(9), handoverFormat('yuv420p'), 2, 2), 5, 3);
    expect(chroma.planes.map(({ length }) => length)).toEqual([15, 6, 6]);
    expect(chroma.planes.every((plane) => plane.every((sample) => sample === 9))).toBe(true);
  });

  it('keeps the fields of an interlaced one apart', () => {
    const lines = Uint8Array.of(10, 200, 10, 200);
    const picture = { ...packedPicture(lines, handoverFormat('gray'), 1, 4), interlaced: true };
    expect([...pictureAtSize(picture, 1, 6).planes[0]!]).toEqual([10, 200, 10, 200, 10, 200]);
  });
});
