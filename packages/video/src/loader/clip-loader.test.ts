import '@vjepa/test-kit/all-close';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeVideo } from '../encode-video.js';
import { openVideo } from '../open-video.js';
import { anticipationIndices, drawAnticipation, sampleClipIndices, sampleRandom } from '../sampling/index.js';
import { createClipBuffer, evaluationTransform, pretrainingTransform } from '../transform/index.js';
import { type ClipBatch, type ClipLoader, type ClipLoaderOptions, createClipLoader } from './clip-loader.js';

const folder = temporaryFolder('clip-loader');
const good = Array.from({ length: 6 }, (_, i) => ({ path: join(folder, `${i}.mp4`), label: i }));
const bad = ['empty.mp4', 'noise.mp4'].map((name, i) => ({ path: join(folder, name), label: 100 + i }));
const loaders: ClipLoader[] = [];

beforeAll(async () => {
  const [frames, height, width] = [24, 32, 48];
  const size = height * width * 3;
  await Promise.all(
    good.map(({ path, label }) => {
      const data = Uint8Array.from({ length: frames * size }, (_, i) => 10 * Math.floor(i / size) + label);
      return encodeVideo({ frames: { data, frames, height, width }, rate: 10, output: path, crf: 5 });
    }),
  );
  writeFileSync(bad[0]!.path, '');
  writeFileSync(bad[1]!.path, Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919 + (i >> 3)) & 255)));
});
afterAll(() => Promise.all(loaders.map((loader) => loader.close())));

function loaderOf(options: Partial<ClipLoaderOptions>): ClipLoader {
  const loader = createClipLoader({
    videos: good,
    clip: { framesPerClip: 4, frameStep: 2 },
    transform: { kind: 'pretraining', size: 16 },
    workers: 2,
    decoder: 'wasm',
    seed: 7,
    ...options,
  });
  loaders.push(loader);
  return loader;
}

const plan = (batches: number, size: number, videos: number) =>
  Array.from({ length: batches }, (_, b) =>
    Array.from({ length: size }, (_, i) => ({ index: (b * size + i) % videos, epoch: 0, draw: b * size + i })),
  );

async function collect(loader: ClipLoader, batches: number, size: number, videos: number) {
  const out: Omit<ClipBatch, 'release' | 'milliseconds'>[] = [];
  for await (const { release, milliseconds: _, ...batch } of loader.batches(plan(batches, size, videos))) {
    out.push({ ...batch, clips: batch.clips.slice() });
    release();
  }
  return out;
}

it('batches have the plan’s order, labels and shape, and show the sampled frames', async () => {
  const [first, second] = await collect(loaderOf({}), 2, 3, 6);
  expect(first!.shape).toEqual([3, 4, 16, 16, 3]);
  expect([...first!.labels, ...second!.labels]).toEqual([0, 1, 2, 3, 4, 5]);
  expect(first!.paths).toEqual(good.slice(0, 3).map(({ path }) => path));
  const frame = 16 * 16 * 3;
  for (let b = 0; b < 3; b++) {
    for (let t = 0; t < 4; t++) {
      // Frame i of video v is grey at brightness 10 i + v.
      const expected = 10 * first!.frameIndices[b]![t]! + b;
      expect(Math.abs(first!.clips[(b * 4 + t) * frame]! - expected)).toBeLessThanOrEqual(2);
    }
  }
});

it('views at test time may have another shape than a square', async () => {
  const size = { height: 16, width: 40 };
  const clip = { framesPerClip: 2, frameStep: 2, placement: 'center' } as const;
  const [batch] = await collect(loaderOf({ clip, transform: { kind: 'evaluation', size } }), 1, 2, 6);
  expect(batch!.shape).toEqual([2, 2, 16, 40, 3]);
  const [indices] = batch!.frameIndices;
  const video = await openVideo(good[0]!.path, { decoder: 'wasm' });
  const expected = evaluationTransform(await video.decode(indices!), { size }, createClipBuffer('uint8', 2, size));
  await video.close();
  expect(batch!.clips.subarray(0, expected.length)).toEqual(expected);
});

it('content does not depend on the number of workers, bad videos included', async () => {
  const videos = [...good.slice(0, 3), ...bad, ...good.slice(3)];
  const [one, three] = [loaderOf({ videos, workers: 1 }), loaderOf({ videos, workers: 3, prefetch: 4 })];
  const a = await collect(one, 4, 4, videos.length);
  const b = await collect(three, 4, 4, videos.length);
  expect(a).toEqual(b);
  const failed = new Set(a.flatMap(({ failures }) => failures).map(({ path }) => path));
  expect([...failed]).toEqual(bad.map(({ path }) => path));
  for (const { failures } of a) {
    for (const { replacedBy, reason, path } of failures) {
      expect(good.map(({ path }) => path)).toContain(replacedBy);
      expect(reason).toContain(path);
    }
  }
  expect(one.badVideos().map(({ path, count }) => ({ path, count }))).toEqual(
    bad.map(({ path }) => ({ path, count: expect.any(Number) })),
  );
});

it('a bad video is replaced by one of those that may stand in', async () => {
  const loader = loaderOf({ videos: [...bad, ...good] });
  const replacedBy: string[] = [];
  for await (const { failures, release } of loader.batches(plan(3, 2, 2), { standIns: [3, 5] })) {
    replacedBy.push(...failures.map((failure) => failure.replacedBy));
    release();
  }
  expect(replacedBy).toHaveLength(6);
  expect(new Set(replacedBy)).toEqual(new Set([good[1]!.path, good[3]!.path]));
});

it('a video that is bad in places is replaced there only, wherever a run begins', async () => {
  const damaged = join(folder, 'damaged.mp4');
  const [frames, height, width] = [64, 32, 48];
  const data = Uint8Array.from({ length: frames * height * width * 3 }, (_, i) => (i * 7919 + (i >> 5)) & 255);
  await encodeVideo({ frames: { data, frames, height, width }, rate: 10, output: damaged, gop: 8 });
  const bytes = readFileSync(damaged);
  const [from, to] = [Math.floor(bytes.length * 0.7), Math.floor(bytes.length * 0.8)];
  for (let i = from; i < to; i++) bytes[i]! ^= 0x5a;
  writeFileSync(damaged, bytes);
  const videos = [{ path: damaged, label: 9 }, good[0]!];
  const draws = Array.from({ length: 16 }, (_, draw) => [{ index: 0, epoch: 0, draw }]);
  const labels = async (from: number, workers: number) => {
    const seen: number[] = [];
    for await (const batch of loaderOf({ videos, workers, prefetch: 3 }).batches(draws.slice(from))) {
      seen.push(batch.labels[0]!);
      batch.release();
    }
    return seen;
  };
  const whole = await labels(0, 1);
  expect(new Set(whole)).toEqual(new Set([0, 9]));
  expect(await labels(0, 3)).toEqual(whole);
  const resumed = whole.indexOf(0) + 1;
  expect(whole.slice(resumed)).toContain(9);
  expect(await labels(resumed, 1)).toEqual(whole.slice(resumed));
});

it('onBadVideo: error', async () => {
  const loader = loaderOf({ videos: [good[0]!, bad[0]!], onBadVideo: 'error' });
  await expect(collect(loader, 1, 2, 2)).rejects.toMatchObject({ code: 'empty', path: bad[0]!.path });
});

it('a list of bad videos only is an error, not an endless search', async () => {
  await expect(collect(loaderOf({ videos: bad }), 1, 1, 2)).rejects.toThrow(/replacements failed too/);
});

it('batches tell what they cost', async () => {
  const whole = { clip: { framesPerClip: 4, frameStep: 6 }, indexCache: false } as const;
  for (const countFrames of [false, true]) {
    for await (const batch of loaderOf({ ...whole, countFrames }).batches(plan(1, 3, 6))) {
      const { index, decode, transform } = batch.milliseconds;
      for (const stage of [index, decode, transform]) expect(stage).toBeGreaterThan(0);
      // A window of 24 in 24 frames: all of them must be decoded for the last one.
      expect(batch.frames).toEqual({ decoded: countFrames ? 3 * 24 : undefined, used: 3 * 4 });
      batch.release();
    }
  }
});

it('memory is reused, and at most prefetch + 1 batches are in the making', async () => {
  const loader = loaderOf({ prefetch: 1 });
  let taken = 0;
  const counted = (function* () {
    for (const batch of plan(8, 2, 6)) {
      taken++;
      yield batch;
    }
  })();
  let used = 0;
  const blocks = new Set<unknown>();
  for await (const batch of loader.batches(counted)) {
    used++;
    expect(taken - used).toBeLessThanOrEqual(2);
    blocks.add(batch.clips.buffer);
    // Growable memory is aligned; TensorFlow copies what is not.
    expect(batch.clips.buffer).toMatchObject({ growable: true, byteLength: batch.clips.byteLength });
    batch.release();
  }
  expect(used).toBe(8);
  expect(blocks.size).toBeLessThanOrEqual(3);
});

it('stopping early stops the work; the loader can be used again', async () => {
  const loader = loaderOf({});
  for await (const batch of loader.batches(plan(100, 2, 6))) {
    batch.release();
    break;
  }
  expect(await collect(loader, 1, 2, 6)).toHaveLength(1);
  await loader.close();
  await expect(collect(loader, 1, 1, 6)).rejects.toMatchObject({ code: 'closed' });
});

it('float32 output has channels first', async () => {
  const [batch] = await collect(loaderOf({ output: 'float32' }), 1, 2, 6);
  expect(batch!.shape).toEqual([2, 3, 4, 16, 16]);
  expect(batch!.clips).toBeInstanceOf(Float32Array);
});

it('onBadVideo: report leaves a black sample in place and says which', async () => {
  const videos = [good[0]!, bad[0]!, good[1]!];
  const loader = loaderOf({ videos, onBadVideo: 'report' });
  for (let pass = 0; pass < 2; pass++) {
    const [batch] = await collect(loader, 1, 3, 3);
    const size = batch!.clips.length / 3;
    expect(batch!.labels).toEqual(Int32Array.of(0, 100, 1));
    expect(batch!.clips.subarray(size, 2 * size).every((value) => value === 0)).toBe(true);
    expect(batch!.clips.subarray(2 * size).some((value) => value > 0)).toBe(true);
    expect(batch!.failures).toMatchObject([{ path: bad[0]!.path, position: 1, replacedBy: '' }]);
  }
});

it('pictures are clips of one frame', async () => {
  const data = Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => [200, 100, 50][i % 3]!);
  const files = ['a.png', 'b.jpg', 'grey.png'].map((name, label) => ({ path: join(folder, name), label }));
  const picture = () => sharp(data, { raw: { width: 40, height: 30, channels: 3 } });
  await picture().png().toFile(files[0]!.path);
  await picture().jpeg({ quality: 95 }).toFile(files[1]!.path);
  await picture().greyscale().toColourspace('b-w').png().toFile(files[2]!.path);
  writeFileSync(join(folder, 'cut.jpg'), readFileSync(files[1]!.path).subarray(0, 200));
  const loader = loaderOf({
    videos: [...files, { path: join(folder, 'cut.jpg'), label: 9 }],
    clip: { framesPerClip: 1 },
    transform: { kind: 'image-evaluation', size: 16 },
    onBadVideo: 'report',
  });
  const [batch] = await collect(loader, 1, 4, 4);
  expect(batch!.shape).toEqual([4, 1, 16, 16, 3]);
  const pixel = (sample: number) => [...batch!.clips.subarray(sample * 768 + 300, sample * 768 + 303)];
  expect(pixel(0)).toEqual([200, 100, 50]);
  for (const [c, value] of pixel(1).entries()) expect(Math.abs(value - [200, 100, 50][c]!)).toBeLessThanOrEqual(3);
  expect(new Set(pixel(2)).size).toBe(1);
  expect(batch!.failures).toMatchObject([{ position: 3 }]);
  expect(batch!.failures[0]!.reason).toMatch(/cut\.jpg/);
});

it('clips are those of openVideo and pretrainingTransform, within 1 of 255', async () => {
  const loader = loaderOf({ seed: 11 });
  const [batch] = await collect(loader, 1, 6, 6);
  const size = batch!.clips.length / 6;
  for (const [b, { path }] of good.entries()) {
    const video = await openVideo(path, { decoder: 'wasm' });
    const random = sampleRandom(11, 0, b);
    const [indices] = sampleClipIndices({ framesPerClip: 4, frameStep: 2 }, video.info.frames, random);
    expect(batch!.frameIndices[b]).toEqual(indices);
    const frames = await video.decode(indices!);
    const expected = pretrainingTransform(frames, { size: 16 }, random, new Uint8Array(size));
    const actual = batch!.clips.subarray(b * size, (b + 1) * size);
    expect(actual).toBeAllClose(expected, { atol: 1 });
  }
});

it('clips by frames a second: the step is the video’s own, and a slower video is too slow', async () => {
  const options = { transform: { kind: 'evaluation', size: 16, views: 1 }, onBadVideo: 'report' } as const;
  const clip = { framesPerClip: 4, placement: 'start' } as const;
  const [bySteps, byRate, tooSlow] = await Promise.all(
    [{ frameStep: 2 }, { clipRate: 5 }, { clipRate: 11 }].map((frames) =>
      collect(loaderOf({ ...options, clip: { ...clip, ...frames } }), 1, 1, 6),
    ),
  );
  expect(byRate).toEqual(bySteps);
  expect(tooSlow![0]!.failures).toMatchObject([
    { code: 'too-slow', passing: false, reason: expect.stringMatching(/10 frames a second/) },
  ]);
});

it('takes the clip before each video’s action, the seconds drawn for the sample', async () => {
  const videos = good.map((video, i) => ({ ...video, action: { start: 8, stop: 12 + i } }));
  const anticipation = { seconds: [0, 1], point: [0, 1] } as const;
  const clip = { framesPerClip: 4, clipRate: 5, anticipation };
  const loader = loaderOf({ videos, clip });
  const [batch] = await collect(loader, 1, 6, 6);
  for (const [i, indices] of batch!.frameIndices.entries()) {
    const draw = drawAnticipation(anticipation, sampleRandom(7, 0, i));
    const source = { frames: 24, averageRate: 10 };
    expect(indices).toEqual(anticipationIndices(clip, source, videos[i]!.action, draw));
  }
  expect(batch!.short).toEqual([]);
  const without = loaderOf({ clip });
  await expect(collect(without, 1, 1, 6)).rejects.toThrow("a clip before an action needs each video's action");
});

it('a picture is a clip that stands still where it is asked for, and else no video', async () => {
  const path = join(folder, 'picture.png');
  const raw = Uint8Array.from({ length: 20 * 30 * 3 }, (_, i) => (i * 37) % 251);
  await sharp(raw, { raw: { width: 30, height: 20, channels: 3 } }).toFile(path);
  const videos = [{ path, label: 3 }, ...good];
  const frame = 16 * 16 * 3;
  const [still] = await collect(loaderOf({ videos, stills: true }), 1, 2, 2);
  expect([still!.paths[0], still!.failures, still!.short]).toEqual([path, [], []]);
  const expected = createClipBuffer('uint8', 1, 16);
  const image = { data: raw, frames: 1, height: 20, width: 30 };
  pretrainingTransform(image, { size: 16 }, sampleRandom(7, 0, 0), expected);
  for (let t = 0; t < 4; t++) expect(still!.clips.slice(t * frame, (t + 1) * frame)).toEqual(expected);
  // Of floats time is inside the channel.
  const [floats] = await collect(loaderOf({ videos, stills: true, output: 'float32' }), 1, 1, 1);
  const plane = 4 * 16 * 16;
  for (const c of [0, 1, 2]) {
    const first = floats!.clips.slice(c * plane, c * plane + 256);
    expect(floats!.clips.slice(c * plane + 768, c * plane + 1024)).toEqual(first);
  }
  const [refused] = await collect(loaderOf({ videos }), 1, 1, 7);
  expect(refused!.failures.map((failure) => failure.path)).toEqual([path]);
  expect(() => loaderOf({ stills: true, transform: { kind: 'evaluation', size: 16 } })).toThrow(
    'stills: expected the pretraining transform, found evaluation',
  );
});
