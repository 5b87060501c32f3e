import type { Decoder } from '../decoders/decoder.js';
import { decodeRgb } from '../decoders/pictures-to-rgb.js';
import { type FrameFolder, readFrames } from '../images/frame-folder.js';
import { decodeImage } from '../images/read-image.js';
import type { PacketIndex } from '../packet-index.js';
import type { RgbFrames } from '../rgb-frames.js';
import { clipFrameStep } from '../sampling/clip-sampling.js';
import {
  anticipationIndices,
  ClipSamplingError,
  drawAnticipation,
  type RandomStreams,
  sampleClipIndices,
  sampleRandom,
} from '../sampling/index.js';
import { openSource } from '../sources/open-source.js';
import { readFully } from '../sources/source-file.js';
import type { ClipBuffer } from '../transform/index.js';
import { VideoError } from '../video-error.js';
import type { ClipReply, ClipRequest, StageMilliseconds } from './clip-request.js';
import { transformClip } from './clip-transform.js';
import { decodePretrainingClips, isOnePass } from './pretraining-clip.js';

type WorkMilliseconds = Omit<StageMilliseconds, 'index'>;

/** Makes one sample inside a decode thread: samples its indices, decodes, transforms, and writes it to its place. */
export async function makeClip(
  decoder: Decoder,
  index: PacketIndex,
  request: ClipRequest,
): Promise<{ reply: Omit<ClipReply, 'milliseconds'> & { milliseconds: WorkMilliseconds }; seekFailed: boolean }> {
  const { path, transform, rotate, timeoutMs, memory, byteOffset, byteLength } = request;
  const random = sampleRandom(request.seed, request.epoch, request.draw);
  const clips = sampledIndices(request, index, random);
  const shortage = shortageOf(request, index);
  const frameIndices = Int32Array.from(clips.flatMap((indices) => [...indices]));
  const started = performance.now();
  if (transform.kind === 'pretraining' && isOnePass(request, index)) {
    const sample = new Uint8Array(memory, byteOffset, byteLength);
    const made = await decodePretrainingClips(decoder, index, clips, transform, random, request, sample);
    const decode = performance.now() - started - made.milliseconds;
    const milliseconds = { decode, transform: made.milliseconds };
    const { decoded, used, seekFailed } = made;
    return { reply: { frameIndices, milliseconds, frames: { decoded, used }, shortage }, seekFailed };
  }
  const made = await decodeRgb(decoder, path, index, frameIndices, { rotate, timeoutMs });
  const { frames: all, decoded, seekFailed } = made;
  const transformStarted = performance.now();
  transformClips(request, clips, all, random);
  const milliseconds = {
    decode: transformStarted - started - made.milliseconds,
    transform: made.milliseconds + performance.now() - transformStarted,
  };
  const frames = { decoded, used: new Set(frameIndices).size };
  return { reply: { frameIndices, milliseconds, frames, shortage }, seekFailed };
}

/** Makes one sample of a folder of frames inside a decode thread. Their rate is not known. */
export async function makeFrameFolderClip(folder: FrameFolder, request: ClipRequest): Promise<ClipReply> {
  const random = sampleRandom(request.seed, request.epoch, request.draw);
  const video = { frames: folder.files.length, averageRate: 0 };
  const clips = sampledIndices(request, video, random);
  const frameIndices = Int32Array.from(clips.flatMap((indices) => [...indices]));
  const started = performance.now();
  const frames = await readFrames(folder, frameIndices);
  const read = performance.now();
  transformClips(request, clips, frames, random);
  const used = new Set(frameIndices).size;
  return {
    frameIndices,
    milliseconds: { index: 0, decode: read - started, transform: performance.now() - read },
    frames: { decoded: used, used },
    shortage: shortageOf(request, video),
  };
}

/** Writes a sample's clips, whose frames lie one clip after the other, into its place in the batch. */
function transformClips(
  { transform, output, memory, byteOffset, byteLength }: ClipRequest,
  clips: readonly Int32Array[],
  all: RgbFrames,
  random: RandomStreams,
): void {
  const sample =
    output === 'uint8'
      ? new Uint8Array(memory, byteOffset, byteLength)
      : new Float32Array(memory, byteOffset, byteLength / 4);
  const perClip = sample.length / clips.length;
  const frameBytes = all.height * all.width * 3;
  clips.forEach((indices, k) => {
    const start = k * indices.length * frameBytes;
    const data = all.data.subarray(start, start + indices.length * frameBytes);
    const frames = { data, frames: indices.length, height: all.height, width: all.width };
    transformClip(transform, frames, random, sample.subarray(k * perClip, (k + 1) * perClip) as ClipBuffer);
  });
}

/** What clips are sampled from. */
type SampledVideo = Pick<PacketIndex, 'frames' | 'averageRate'>;

/** @throws VideoError `too-short`, `too-slow` */
function sampledIndices({ path, clip, action }: ClipRequest, index: SampledVideo, random: RandomStreams): Int32Array[] {
  try {
    return clip.anticipation ? [indicesBefore(clip, action, index, random)] : sampleClipIndices(clip, index, random);
  } catch (error) {
    if (!(error instanceof ClipSamplingError)) throw error;
    const { code, message } = error;
    throw code === 'too-short' || code === 'too-slow' ? new VideoError(code, path, message) : error;
  }
}

/** The clip before an action. */
function indicesBefore(
  { framesPerClip, clipRate, anticipation = {} }: ClipRequest['clip'],
  action: ClipRequest['action'],
  index: SampledVideo,
  random: RandomStreams,
): Int32Array {
  if (clipRate === undefined || action === undefined) {
    const missing = clipRate === undefined ? 'clipRate' : "each video's action";
    throw new ClipSamplingError('invalid-setting', `a clip before an action needs ${missing}`);
  }
  const draw = drawAnticipation(anticipation, random);
  return anticipationIndices({ framesPerClip, clipRate }, index, action, draw, anticipation.anchor);
}

/** A clip of a video that is shorter than it repeats the last frame; one before an action may well begin before it. */
function shortageOf({ clip }: ClipRequest, { frames, averageRate }: SampledVideo): ClipReply['shortage'] {
  if (clip.anticipation) return undefined;
  const needed = clip.framesPerClip * clipFrameStep(clip, averageRate);
  return frames < needed ? { frames, needed } : undefined;
}

/** All bytes of a source, wherever it is. */
function readSource(path: string): Buffer {
  const file = openSource(path);
  try {
    const bytes = Buffer.alloc(file.size());
    const read = readFully(file, bytes, bytes.length, 0);
    if (read < bytes.length) throw new VideoError('truncated', path, `it ends after ${read} of ${bytes.length} bytes`);
    return bytes;
  } finally {
    file.close();
  }
}

/** Makes one sample of a picture inside a decode thread: a clip of one frame. */
export async function makeImageClip(request: ClipRequest): Promise<ClipReply> {
  const random = sampleRandom(request.seed, request.epoch, request.draw);
  const started = performance.now();
  const image = await decodeImage(readSource(request.path), request.path);
  const decoded = performance.now();
  const frameIndices = Int32Array.of(0);
  transformClips(request, [frameIndices], image, random);
  return {
    frameIndices,
    milliseconds: { index: 0, decode: decoded - started, transform: performance.now() - decoded },
    frames: { decoded: 1, used: 1 },
  };
}

/** Makes a clip that stands still of a picture, inside a decode thread: one transform, which all frames have. */
export async function makeStillClip(request: ClipRequest): Promise<ClipReply> {
  const random = sampleRandom(request.seed, request.epoch, request.draw);
  const { framesPerClip } = request.clip;
  const started = performance.now();
  const image = await decodeImage(readSource(request.path), request.path);
  const decoded = performance.now();
  const byteLength = request.byteLength / framesPerClip;
  const memory = new SharedArrayBuffer(byteLength);
  transformClips({ ...request, memory, byteOffset: 0, byteLength }, [Int32Array.of(0)], image, random);
  repeatFrame(new Uint8Array(memory), request);
  return {
    frameIndices: new Int32Array(framesPerClip),
    milliseconds: { index: 0, decode: decoded - started, transform: performance.now() - decoded },
    frames: { decoded: 1, used: 1 },
  };
}

/** Writes a frame, [S, S, 3] or of floats [3, S, S], as every frame of a clip: [T, S, S, 3] or [3, T, S, S]. */
function repeatFrame(frame: Uint8Array, { memory, byteOffset, byteLength, clip, output }: ClipRequest): void {
  const clipBytes = new Uint8Array(memory, byteOffset, byteLength);
  const planes = output === 'uint8' ? 1 : 3;
  const bytes = frame.length / planes;
  for (let plane = 0; plane < planes; plane++) {
    const part = frame.subarray(plane * bytes, (plane + 1) * bytes);
    for (let t = 0; t < clip.framesPerClip; t++) clipBytes.set(part, (plane * clip.framesPerClip + t) * bytes);
  }
}
