import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture, readFixtureJson, readFixtureTensors } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { availableDecoders } from './available-decoders.fixture.js';
import { encodeVideo, encodeVideos } from './encode-video.js';
import { openVideo } from './open-video.js';
import { runFfmpeg } from './run-ffmpeg.js';
import { VideoError } from './video-error.js';

const videos = process.env.VJEPA_VIDEOS;
const nasa = fixture('videos/nasa_13013.mp4');
const decoders = await availableDecoders();
const folder = temporaryFolder('open-video');

interface DecodedFrames {
  file: string;
  frames: number;
  indices: number[];
  height: number;
  width: number;
  average_rate: number;
}

/** Frames the reference's reader gives, every second row and column: [K, H/2, W/2, 3]. */
function readFixture(): { videos: DecodedFrames[]; tensor(name: string): Uint8Array } {
  const { videos } = readFixtureJson('decoded-frames/manifest.json');
  const tensors = readFixtureTensors('decoded-frames/tensors.safetensors');
  return { videos, tensor: (name) => tensors[name]!.data as Uint8Array };
}

describe.skipIf(!videos)('frames equal those of the reference reader (needs VJEPA_VIDEOS)', () => {
  const { videos: cases, tensor } = readFixture();
  for (const decoder of decoders) {
    it.for(cases.filter(({ file }) => file !== 'av1_video.mkv' || decoder !== 'wasm'))(
      `${decoder}: $file`,
      async (expected) => {
        const video = await openVideo(join(videos!, expected.file), { decoder, rotate: false, indexCache: false });
        expect(video.info).toMatchObject({ frames: expected.frames, height: expected.height, width: expected.width });
        expect(video.info.averageRate).toBeCloseTo(expected.average_rate, 6);
        const actual = await video.decode(expected.indices);
        const found = everySecond(actual.data, actual.frames, actual.height, actual.width);
        expect(Buffer.compare(found, tensor(expected.file))).toBe(0);
      },
    );
  }

  it('AV1 on ffmpeg.wasm: the error names what to install', async () => {
    const opening = openVideo(join(videos!, 'av1_video.mkv'), { decoder: 'wasm' });
    await expect(opening).rejects.toMatchObject({
      code: 'unsupported-codec',
      reason: expect.stringMatching(/node-av/),
    });
  });

  it.for(decoders)('%s: rotation is applied by default', async (decoder) => {
    const path = join(videos!, 'rotated_90.mov');
    const upright = await openVideo(path, { decoder });
    const stored = await openVideo(path, { decoder, rotate: false });
    expect(upright.info).toMatchObject({ width: 320, height: 568, rotation: 90 });
    expect(stored.info).toMatchObject({ width: 568, height: 320, rotation: 90 });
    const a = await upright.decode([1]);
    const b = await stored.decode([1]);
    // Clockwise: the stored bottom left corner becomes the top left one.
    expect([...a.data.subarray(0, 3)]).toEqual([...b.data.subarray(319 * 568 * 3, 319 * 568 * 3 + 3)]);
  });
});

function everySecond(data: Uint8Array, frames: number, height: number, width: number): Uint8Array {
  const rows = Math.ceil(height / 2);
  const columns = Math.ceil(width / 2);
  const out = new Uint8Array(frames * rows * columns * 3);
  for (let i = 0; i < out.length; i++) {
    const c = i % 3;
    const x = Math.floor(i / 3) % columns;
    const y = Math.floor(i / 3 / columns) % rows;
    const k = Math.floor(i / 3 / columns / rows);
    out[i] = data[((k * height + 2 * y) * width + 2 * x) * 3 + c]!;
  }
  return out;
}

it.for(decoders)('%s: of two video streams, the one FFmpeg ranks best is read', async (decoder) => {
  const video = await openVideo(nasa, { decoder, indexCache: false });
  expect(video.info).toMatchObject({ frames: 390, width: 480, height: 270, codec: 'h264', pixelFormat: 'yuv420p' });
  expect(video.info.averageRate).toBeCloseTo(30000 / 1001, 9);
});

it('indices may come in any order, repeat, and are checked', async () => {
  const video = await openVideo(nasa);
  const { data, frames } = await video.decode([200, 3, 200]);
  const size = 480 * 270 * 3;
  expect(frames).toBe(3);
  expect(Buffer.compare(data.subarray(0, size), data.subarray(2 * size))).toBe(0);
  expect(Buffer.compare(data.subarray(size, 2 * size), (await video.decode([3])).data)).toBe(0);
  await expect(video.decode([390])).rejects.toMatchObject({ code: 'index-out-of-range' });
  await expect(video.decode([-1])).rejects.toThrow(/frame -1 is outside the video's 390 frames/);
  await expect(video.decode([1.5])).rejects.toThrow(/not a whole number/);
  await video.close();
  await expect(video.decode([0])).rejects.toMatchObject({ code: 'closed' });
});

it('says when each frame is shown, counted from the first, whatever the distances between them', async () => {
  const video = await openVideo(nasa);
  expect(video.secondsAt(0)).toBe(0);
  expect(video.secondsAt(30)).toBeCloseTo(1.001, 6);
  expect(video.secondsAt(389)).toBeCloseTo((389 * 1001) / 30000, 6);
  expect([390, -1, 0.5].map((frame) => video.secondsAt(frame))).toEqual([undefined, undefined, undefined]);

  const uneven = join(folder, 'uneven.mp4');
  const times = "setpts='(N*4+mod(N,3))/100/TB'"; // 0, 0.05, 0.10, 0.12, ...
  const args = ['-i', 'in.mp4', '-vf', times, '-vsync', 'vfr', '-enc_time_base', '1/1000', '-frames:v', '9', 'o.mp4'];
  await runFfmpeg(args, { inputs: { 'in.mp4': nasa }, outputs: { 'o.mp4': uneven } });
  const { secondsAt } = await openVideo(uneven);
  expect([0, 1, 2, 3, 4].map(secondsAt)).toEqual([0, 0.05, 0.1, 0.12, 0.17].map((at) => expect.closeTo(at, 6)));
});

it('encodeVideo writes H.264 that decodes to nearly the same frames', async () => {
  const [frames, height, width] = [10, 32, 48];
  const data = new Uint8Array(frames * height * width * 3);
  for (let i = 0; i < data.length; i++) data[i] = 20 * Math.floor(i / (height * width * 3)) + 30;
  const output = join(folder, 'encoded.mp4');
  await encodeVideo({ frames: { data, frames, height, width }, rate: 10, output, crf: 1 });
  const video = await openVideo(output);
  expect(video.info).toMatchObject({ frames, height, width, codec: 'h264', averageRate: 10 });
  const decoded = await video.decode([0, 9]);
  expect(Math.abs(decoded.data[0]! - 30)).toBeLessThanOrEqual(3);
  expect(Math.abs(decoded.data.at(-1)! - 210)).toBeLessThanOrEqual(3);
  await expect(
    encodeVideo({ frames: { data, frames, height, width: 47 }, rate: 10, output: join(folder, 'x.mp4') }),
  ).rejects.toThrow(RangeError);
});

it('encodeVideos writes the bytes that encodeVideo does, or nothing', async () => {
  const video = (width: number, frames: number, name: string) => {
    const data = Uint8Array.from(
      { length: frames * 32 * width * 3 },
      (_, i) => (7 * i + Math.floor(i / 999) ** 2) % 256,
    );
    return { frames: { data, frames, height: 32, width }, rate: 10 + frames, output: join(folder, name) };
  };
  const videos = (name: string) => [video(32, 5, `${name}-a.mp4`), video(48, 20, `${name}-b.mp4`)];
  await encodeVideos(videos('together'));
  for (const alone of videos('alone')) await encodeVideo(alone);
  for (const name of ['a', 'b']) {
    const [together, alone] = ['together', 'alone'].map((how) => readFileSync(join(folder, `${how}-${name}.mp4`)));
    expect(together!.equals(alone!)).toBe(true);
  }
  await encodeVideos([]);
  const bad = { ...video(32, 5, 'bad-b.nothing') };
  await expect(encodeVideos([video(32, 5, 'bad-a.mp4'), bad])).rejects.toThrow(VideoError);
  expect(readdirSync(folder).filter((name) => name.startsWith('bad-'))).toEqual([]);
});

it('a failed FFmpeg run leaves no file behind and says why', async () => {
  const output = join(folder, 'never.mp4');
  const run = runFfmpeg(['-i', 'nothing.mp4', 'o.mp4'], { outputs: { 'o.mp4': output } });
  await expect(run).rejects.toThrow(/nothing\.mp4: No such file or directory/);
  expect(existsSync(output)).toBe(false);
  expect(existsSync(`${output}.partial`)).toBe(false);
});

describe('bad files give a typed error that names the file and FFmpeg’s reason', () => {
  const path = (name: string) => join(folder, name);
  beforeAll(async () => {
    writeFileSync(path('empty.mp4'), '');
    writeFileSync(path('text.mp4'), 'this is not a video\n'.repeat(200));
    writeFileSync(path('noise.mp4'), Buffer.from(Array.from({ length: 9000 }, (_, i) => (i * 7919 + (i >> 3)) & 255)));
    copyFileSync(nasa, path('cut-half.mp4'));
    truncateSync(path('cut-half.mp4'), 300_000);
    const faststart = { inputs: { 'in.mp4': nasa }, outputs: { 'o.mp4': path('cut-tail.mp4') } };
    await runFfmpeg(['-i', 'in.mp4', '-c', 'copy', '-map', '0:3', '-movflags', '+faststart', 'o.mp4'], faststart);
    truncateSync(path('cut-tail.mp4'), 150_000);
    copyFileSync(nasa, path('cut-head.mp4'));
    truncateSync(path('cut-head.mp4'), 500);
    writeFileSync(path('locked.mp4'), 'x');
    chmodSync(path('locked.mp4'), 0);
    const outputs = { 'sound.mp4': path('sound.mp4') };
    await runFfmpeg(['-f', 'lavfi', '-i', 'sine=d=1', '-c:a', 'aac', 'sound.mp4'], { outputs });
  });

  const cases: [string, string, RegExp][] = [
    ['nowhere.mp4', 'missing', /No such file or directory/],
    ['.', 'unreadable', /folder/],
    ['empty.mp4', 'empty', /0 bytes/],
    ['text.mp4', 'not-a-video', /Invalid data found when processing input/],
    ['noise.mp4', 'not-a-video', /Invalid data found when processing input/],
    ['cut-head.mp4', 'truncated', /moov atom not found/],
    ['cut-half.mp4', 'truncated', /moov atom not found/],
    ['cut-tail.mp4', 'truncated', /partial file/],
    ['sound.mp4', 'no-video-stream', /no video stream/],
  ];
  for (const decoder of decoders) {
    it.for(cases)(`${decoder}: %s → %s`, async ([name, code, reason]) => {
      const error = await openVideo(path(name), { decoder }).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(error).toBeInstanceOf(VideoError);
      expect(error).toMatchObject({ code, path: path(name), reason: expect.stringMatching(reason) });
      expect(String(error)).toContain(path(name));
    });
  }

  it.skipIf(process.getuid?.() === 0)('locked.mp4 → unreadable', async () => {
    await expect(openVideo(path('locked.mp4'))).rejects.toMatchObject({ code: 'unreadable' });
  });

  it('a limit too short for the work → timeout, and the next request is served', async () => {
    const other = path('other.mp4');
    copyFileSync(nasa, other);
    const opening = openVideo(other, { decoder: 'wasm', timeoutMs: 1, indexCache: false });
    await expect(opening).rejects.toMatchObject({ code: 'timeout', path: other });
    const video = await openVideo(other, { decoder: 'wasm' });
    expect((await video.decode([10])).frames).toBe(1);
  });
});

it('frames of a file that was replaced since it was opened are never given for its own', async () => {
  const file = join(temporaryFolder('replaced'), 'a.mp4');
  copyFileSync(nasa, file);
  const video = await openVideo(file, { indexCache: false });
  await video.decode([3]);
  const [frames, height, width] = [12, 32, 48];
  const data = new Uint8Array(frames * height * width * 3);
  await encodeVideo({ frames: { data, frames, height, width }, rate: 10, output: file });
  await expect(video.decode([3])).rejects.toMatchObject({
    code: 'closed',
    reason: expect.stringMatching(/replaced since it was opened/),
  });
  const again = await openVideo(file, { indexCache: false });
  expect(again.info.frames).toBe(12);
});
