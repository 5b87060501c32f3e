import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { availableDecoders } from './available-decoders.fixture.js';
import { shownPicture } from './ffmpeg-log.js';
import { hardFiles, makeHardFiles } from './hard-files.fixture.js';
import { openVideo } from './open-video.js';
import type { VideoStream } from './packet-index.js';
import { frameBytes, handoverFormat } from './pixel-format.js';
import { runFfmpeg } from './run-ffmpeg.js';
import { bestStream, descriptionArguments, parseDescription } from './stream-description.js';
import { compileFfmpeg } from './wasm/core-module.js';
import { WasmProgram } from './wasm/wasm-program.js';
import { packedPicture, pictureToRgb } from './yuv-to-rgb.js';

const folder = process.env.VJEPA_HARD_FILES ?? temporaryFolder('hard-files');
const decoders = await availableDecoders();
const truths = new Map<string, Promise<Uint8Array[]>>();

/** The stream that is read, as ffmpeg.wasm's ffprobe describes it. */
async function describeStream(path: string): Promise<VideoStream> {
  const program = new WasmProgram(await compileFfmpeg());
  const { output } = await program.probe(path, descriptionArguments, 30_000);
  return bestStream(parseDescription(output)!.videoStreams)!;
}

/** All frames as FFmpeg decodes them from the first byte to the last, without seeking, selecting or turning. */
async function decodeLinearly(name: string): Promise<Uint8Array[]> {
  const inputs = { [name]: join(folder, name) };
  const raw = join(folder, `${name}.raw`);
  const stream = await describeStream(join(folder, name));
  const format = handoverFormat(stream.pixelFormat);
  const args = ['-noautorotate', '-i', name, '-map', `0:${stream.stream}`, '-fps_mode', 'passthrough'];
  const show = ['-vf', 'showinfo@shown=checksum=0'];
  const { log } = await runFfmpeg(
    ['-v', 'repeat+info', ...args, ...show, '-f', 'rawvideo', '-pix_fmt', format.name, 'o.raw'],
    {
      inputs,
      outputs: { 'o.raw': raw },
    },
  );
  const shown = log.map((line) => shownPicture(line, 'showinfo@shown')).filter((picture) => picture !== undefined);
  const bytes = readFileSync(raw);
  const { width, height, matrix, range } = stream;
  const size = frameBytes(format, width, height);
  return Array.from({ length: bytes.length / size }, (_, i) => {
    const rgb = new Uint8Array(width * height * 3);
    const planes = packedPicture(bytes.subarray(i * size, (i + 1) * size), format, width, height);
    const picture = { ...planes, interlaced: shown[i]!.interlaced };
    pictureToRgb(picture, matrix, range, { top: 0, left: 0, width, height }, rgb, 0);
    return rgb;
  });
}

function linearFrames(name: string): Promise<Uint8Array[]> {
  let truth = truths.get(name);
  if (!truth) {
    truth = decodeLinearly(name);
    truths.set(name, truth);
  }
  return truth;
}

/** Requests that begin in every part of a file, near its key frames and at its ends. */
function requests(frames: number): number[][] {
  const at = (part: number) => Math.min(frames - 1, Math.floor(part * frames));
  const window = Array.from({ length: 5 }, (_, i) => at(0.45) + 3 * i).filter((i) => i < frames);
  return [[frames - 1], [at(0.21)], window, [at(0.9), 0, at(0.5)]];
}

beforeAll(() => makeHardFiles(folder), 120_000);

it('there are at least twenty kinds', () => {
  expect(hardFiles.length).toBeGreaterThanOrEqual(20);
});

describe.each(decoders)('%s gives the frames of linear decoding, index for index', (decoder) => {
  it.for(hardFiles)('$name: $property', async ({ name }) => {
    const truth = await linearFrames(name);
    const video = await openVideo(join(folder, name), { decoder, rotate: false, indexCache: false });
    expect(video.info.frames).toBe(truth.length);
    for (const indices of requests(truth.length)) {
      const { data } = await video.decode(indices);
      const size = data.length / indices.length;
      indices.forEach((index, k) => {
        const actual = data.subarray(k * size, (k + 1) * size);
        const found = truth.findIndex((frame) => Buffer.compare(frame, actual) === 0);
        expect(`frame ${found === -1 ? describeDifference(truth[index]!, actual) : found}`).toBe(`frame ${index}`);
      });
    }
  });
});

function describeDifference(expected: Uint8Array, actual: Uint8Array): string {
  if (expected.length !== actual.length) return `of ${actual.length} bytes instead of ${expected.length}`;
  let sum = 0;
  for (let i = 0; i < expected.length; i++) sum += Math.abs(expected[i]! - actual[i]!);
  return `with a mean difference of ${(sum / expected.length).toFixed(3)}`;
}
