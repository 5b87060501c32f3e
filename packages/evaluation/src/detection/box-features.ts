import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AvaKeyFrame, VIDEO_EXTENSIONS } from '@vjepa/benchmarks';
import { writeSafetensors } from '@vjepa/checkpoints';
import type { TokenGrid } from '@vjepa/masks';
import { fileNameFor, InputError, lockFolder, makeFolder, option, reasonOf, Sentence, sentence } from '@vjepa/training';
import { fixedPointResize, openVideo, type Video } from '@vjepa/video';
import { describeDamage, isDamage, openFeatureFile, readFeatures } from '../evaluate/feature-file.js';
import type { FeatureExtractor } from '../features/feature-extractor.js';
import { fileFingerprints } from '../features/file-fingerprint.js';
import { poolBox } from './box-pooling.js';
import type { DetectionPlan } from './detection-plan.js';

/** Pooled features of the people in a split's key frames, in the order of the key frames and their people. */
export interface BoxFeatures {
  /** One row per person, [boxes, W], for each video that could be read. */
  byVideo: Map<string, Float32Array>;
  /** Videos that could not be read, and why. */
  failures: { video: string; reason: string | Sentence }[];
}

export interface BoxFeaturesOptions {
  plan: DetectionPlan;
  keyFrames: readonly AvaKeyFrame[];
  /** The frozen encoder, seen at several depths. */
  extractor: FeatureExtractor;
  /** Where a clip's tokens lie. */
  grid: TokenGrid;
  /** Everything that decides the features besides films and boxes. */
  settings: unknown;
  /** A file for each film is kept here. */
  folder: string;
  /** Videos that may be missing or unreadable. */
  allowMissing: number;
  log: (line: string) => void;
  /** Ends the work between two batches of clips, with its reason; films that are done are kept. */
  signal?: AbortSignal | undefined;
}

/**
 * Features of every box: the clip around its key frame passes the frozen encoder once, and each box takes the mean of
 * the tokens it covers. Files are written film by film, so what was stopped goes on where it was.
 *
 * @throws InputError when more than `allowMissing` films are missing or cannot be read
 */
export async function boxFeatures(options: BoxFeaturesOptions): Promise<BoxFeatures> {
  const { plan, extractor, folder, log, signal } = options;
  makeFolder(folder);
  const videos = new Map<string, AvaKeyFrame[]>();
  for (const keyFrame of options.keyFrames) {
    if (keyFrame.people.length === 0) continue;
    const known = videos.get(keyFrame.video);
    if (known) known.push(keyFrame);
    else videos.set(keyFrame.video, [keyFrame]);
  }
  const byVideo = new Map<string, Float32Array>();
  const failures: BoxFeatures['failures'] = [];
  for (const [video, keyFrames] of videos) {
    try {
      const film = filmPath(plan, video);
      const [fingerprint] = await fileFingerprints([film]);
      const path = join(
        folder,
        `${fileNameFor(video)}-${keyOf([options.settings, fingerprint], keyFrames)}.safetensors`,
      );
      const boxes = keyFrames.reduce((sum, { people }) => sum + people.length, 0);
      const length = boxes * extractor.width;
      let features = await keptFeatures(path, length, log);
      if (!features) {
        // Whoever holds the lock may be computing this very film.
        using _lock = await lockFolder(folder, { purpose: 'an evaluation', whenHeld: 'wait', say: log });
        features = await keptFeatures(path, length);
        if (!features) {
          features = await filmFeatures(options, film, keyFrames);
          await writeSafetensors(path, { features: { shape: [boxes, extractor.width], data: features } });
          const done = `${byVideo.size + 1} of ${videos.size} films`;
          log(`${video}: ${boxes} boxes in ${keyFrames.length} key frames (${done})`);
        }
      }
      byVideo.set(video, features);
    } catch (error) {
      if (signal?.aborted && error === signal.reason) throw error;
      failures.push({ video, reason: reasonOf(error) });
      requireFew(failures, options.allowMissing);
    }
  }
  return { byVideo, failures };
}

/** Features that an earlier call wrote; undefined where there are none, or not those that were written. */
async function keptFeatures(
  path: string,
  length: number,
  log?: (line: string) => void,
): Promise<Float32Array | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    const file = await openFeatureFile(path);
    return await readFeatures(file, 'features', length).finally(() => file.close());
  } catch (error) {
    if (!isDamage(error)) throw error;
    log?.(`warning: ${describeDamage(error)}`);
    return undefined;
  }
}

async function filmFeatures(
  { plan, extractor, grid, signal }: BoxFeaturesOptions,
  film: string,
  keyFrames: readonly AvaKeyFrame[],
): Promise<Float32Array> {
  const { decoder, timeLimitMs } = plan.loading;
  const video = await openVideo(film, { decoder, timeoutMs: timeLimitMs, patienceMs: 60_000 });
  try {
    const boxes = keyFrames.reduce((sum, { people }) => sum + people.length, 0);
    const features = new Float32Array(boxes * extractor.width);
    const length = extractor.tokens * extractor.width;
    let row = 0;
    for (let start = 0; start < keyFrames.length; start += extractor.batchSize) {
      signal?.throwIfAborted();
      const some = keyFrames.slice(start, start + extractor.batchSize);
      const clips = await Promise.all(some.map((keyFrame) => clipAround(plan, video, keyFrame)));
      const tokens = await extractor.extract(Buffer.concat(clips), clips.length);
      for (const [i, { people }] of some.entries()) {
        for (const { box } of people) {
          const pooled = poolBox(tokens.subarray(i * length, (i + 1) * length), grid, box);
          features.set(pooled, row * extractor.width);
          row++;
        }
      }
    }
    return features;
  } finally {
    await video.close();
  }
}

/** Pixels of the clip whose middle is the key frame, the whole frame stretched to the square. [T, S, S, 3] */
async function clipAround({ data, clips, encoder }: DetectionPlan, video: Video, keyFrame: AvaKeyFrame) {
  const { frames, averageRate, path } = video.info;
  const { frames: length, frameStep: step } = clips;
  const begins = data.videoStart;
  const middle = Math.round((keyFrame.timestamp - begins) * averageRate);
  if (!(averageRate > 0) || middle < 0 || middle >= frames) {
    throw new InputError({
      subject: path,
      problem: sentence`second ${keyFrame.timestamp} is not in the file, which has ${frames} frames at ${averageRate} a second and begins at second ${begins} (${option('data.videoStart')})`,
    });
  }
  const first = middle - Math.floor((length * step) / 2);
  const indices = Int32Array.from({ length }, (_, i) => Math.max(0, Math.min(frames - 1, first + i * step)));
  const side = encoder.imageSize;
  return fixedPointResize(await video.decode(indices), { height: side, width: side }).data;
}

function filmPath({ data }: DetectionPlan, name: string): string {
  const candidates = [...VIDEO_EXTENSIONS].map((extension) => join(data.videos, name + extension));
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined)
    throw new InputError({ subject: `${join(data.videos, name)}.mp4 (or .mkv, .webm, …)`, problem: 'no such file' });
  return found;
}

function keyOf(settings: unknown, keyFrames: readonly AvaKeyFrame[]): string {
  const boxes = keyFrames.map(({ timestamp, people }) => [timestamp, people.map(({ box }) => box)]);
  return createHash('sha256')
    .update(JSON.stringify([settings, boxes]))
    .digest('hex')
    .slice(0, 12);
}

function requireFew(failures: BoxFeatures['failures'], allowed: number): void {
  if (failures.length <= allowed) return;
  throw new InputError({
    problem: `${failures.length} films cannot be read, ${allowed} allowed`,
    remedy: Sentence.of([
      sentence`put them in place, or leave them out with ${option('allowMissing')}:`,
      ...failures.flatMap(({ reason }) => ['\n  ', reason]),
    ]),
    code: 'unreadable',
  });
}
