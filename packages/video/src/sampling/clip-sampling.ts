import type { AnticipationSettings } from './anticipation-clip.js';
import { ClipSamplingError } from './clip-sampling-error.js';
import { linspace } from './linspace.js';
import { type RandomSource, randomStreams } from './random-streams.js';

/** Where in a long enough video (or part of it) a clip lies. */
export type ClipPlacement = 'random' | 'start' | 'center';

/** How long a clip is and how its frames are spaced. */
export interface ClipSettings {
  /** F, frames per clip. */
  framesPerClip: number;
  /** Frames of the video per frame of the clip, at least 1. Default 4. */
  frameStep?: number | undefined;
  /** K, clips per video; the video is cut into K parts of equal length with one clip each. Default 1. */
  clips?: number | undefined;
  /**
   * Where a clip lies in its part when the part is longer than the clip: `'random'` (default; pretraining, and the
   * reference's evaluations), `'start'`, or `'center'` (deterministic, the choice for exact metrics).
   */
  placement?: ClipPlacement | undefined;
  /**
   * When the parts are too short for a clip each: let clips of the whole video overlap (evaluation), or keep to the
   * parts and repeat their last frame (default; pretraining).
   */
  allowOverlap?: boolean | undefined;
  /**
   * Seconds a clip spans. Then the frame step is `floor(duration · rate / F)`, at least 1, for the video's own average
   * rate; `frameStep` serves when the rate is not known.
   */
  duration?: number | undefined;
  /**
   * V-JEPA 2's `fps`: frames of the clip per second of video, in place of `duration`. Then the frame step is
   * `floor(ceil(rate) / clipRate)` for the video's own average rate: at 4 a second, 6 for 23.976 and 7 for 30. A video
   * slower than that has no clip. `frameStep` serves when the rate is not known.
   */
  clipRate?: number | undefined;
  /** Take `duration` at the video's rate rounded up to a whole number, as V-JEPA 2 does. Default false, as V-JEPA. */
  wholeRate?: boolean | undefined;
  /** Refuse videos with fewer frames than a clip spans instead of repeating frames. Default false. */
  rejectShort?: boolean | undefined;
  /**
   * The one clip before an action whose frames the loader's videos name, at `clipRate`; see `anticipationIndices`. It
   * takes the place of everything above but `framesPerClip`.
   */
  anticipation?: AnticipationSettings | undefined;
}

/** What clip sampling knows of a video. */
export interface ClipSource {
  /** Number of frames. */
  frames: number;
  /** Average frames per second; only needed with `duration` and `clipRate`. */
  averageRate?: number | undefined;
}

/**
 * The frame indices of a video's clips: K arrays of F indices, each in 0..frames - 1, non-decreasing.
 *
 * The rule of V-JEPA and V-JEPA 2, quirks included: a clip of F frames with step s spans s·F frames and its indices divide that
 * span evenly *including the end*, so that the stride is s·F / (F - 1), about 4.27 for 16 frames and step 4. Two of
 * its faults are mended: a one-frame video, or more clips than frames, gives repeated valid frames instead of index
 * -1; and a duration shorter than F frames gives step 1 instead of 0.
 *
 * @param source the video's frame count, or the count and rate
 * @param random draws one integer per clip, only for `placement: 'random'` and only for parts longer than a clip
 * @throws ClipSamplingError when the video has no frames, is too short (`rejectShort`) or too slow (`clipRate`), or a
 *   setting is out of range
 */
export function sampleClipIndices(
  settings: ClipSettings,
  source: ClipSource | number,
  random: RandomSource,
): Int32Array[] {
  const { frames, averageRate } = typeof source === 'number' ? { frames: source } : source;
  const { framesPerClip, clips = 1, allowOverlap = false } = settings;
  requirePositiveInteger('framesPerClip', framesPerClip);
  requirePositiveInteger('clips', clips);
  if (!Number.isInteger(frames) || frames < 1) {
    throw new ClipSamplingError('no-frames', `a video with ${frames} frames has no clip: at least 1 frame is needed`);
  }
  const step = clipFrameStep(settings, averageRate);
  const length = framesPerClip * step;
  if (settings.rejectShort && frames < length) {
    throw new ClipSamplingError(
      'too-short',
      `the video has ${frames} frame${frames === 1 ? '' : 's'} and a clip of ${framesPerClip} frames with step ${step} spans ${length}: ` +
        'leave the video out, lower the frame step, or allow short videos',
    );
  }
  const part = Math.floor(frames / clips);
  if (part > length) {
    return eachClip(clips, (i) => longPartClip(settings, part, length, i * part, random));
  }
  if (allowOverlap) {
    const clipStride = frames > length ? Math.floor((frames - length) / (clips - 1)) : 0;
    const shortClip = paddedClip(Math.min(length, frames) - 1, framesPerClip, step);
    return eachClip(clips, (i) => shifted(shortClip, i * clipStride));
  }
  if (part === 0) return eachClip(clips, (i) => repeatedFrame(Math.floor((i * frames) / clips), framesPerClip));
  const partClip = paddedClip(part, framesPerClip, step);
  return eachClip(clips, (i) => shifted(partClip, i * part));
}

/**
 * Frames of the video per frame of the clip: the configured step, or the one that makes the clip span `duration`
 * seconds, or show `clipRate` frames a second, at the video's average rate. At least 1.
 *
 * @throws ClipSamplingError when a setting is out of range, or the video is slower than `clipRate`
 */
export function clipFrameStep(settings: ClipSettings, averageRate?: number): number {
  const { framesPerClip, frameStep = 4, duration, clipRate, wholeRate = false } = settings;
  requirePositiveInteger('frameStep', frameStep);
  if (duration !== undefined) requirePositive('duration', duration, 'number of seconds');
  if (clipRate !== undefined) requirePositive('clipRate', clipRate, 'number of frames a second');
  if (duration !== undefined && clipRate !== undefined) {
    throw new ClipSamplingError('invalid-setting', 'duration and clipRate both set the frame step: give one of them');
  }
  if (averageRate === undefined || !(averageRate > 0 && Number.isFinite(averageRate))) return frameStep;
  if (duration !== undefined) {
    return Math.max(1, Math.floor((duration * (wholeRate ? Math.ceil(averageRate) : averageRate)) / framesPerClip));
  }
  if (clipRate === undefined) return frameStep;
  const step = Math.floor(Math.ceil(averageRate) / clipRate);
  if (step >= 1) return step;
  throw new ClipSamplingError(
    'too-slow',
    `the video has ${averageRate} frames a second, fewer than the ${clipRate} that a clip shows: ` +
      'leave the video out, or lower the rate of clips',
  );
}

function longPartClip(settings: ClipSettings, part: number, length: number, offset: number, random: RandomSource) {
  const end = clipEnd(settings.placement ?? 'random', part, length, random);
  const start = end - length;
  const points = linspace(start, end, settings.framesPerClip);
  return Int32Array.from(points, (point) => offset + Math.trunc(Math.min(point, end - 1)));
}

function clipEnd(placement: ClipPlacement, part: number, length: number, random: RandomSource): number {
  switch (placement) {
    case 'random':
      return randomStreams(random).numpy.integer(length, part);
    case 'start':
      return length;
    case 'center':
      return length + Math.floor((part - length) / 2);
    default:
      throw new ClipSamplingError(
        'invalid-setting',
        `placement must be 'random', 'start' or 'center', found ${String(placement)}`,
      );
  }
}

/** F indices over the frames 0..last - 1 with the given step; where they run out, the last one repeats. */
function paddedClip(last: number, framesPerClip: number, step: number): Int32Array {
  const points = linspace(0, last, Math.floor(last / step));
  const highest = Math.max(0, last - 1);
  return Int32Array.from({ length: framesPerClip }, (_, i) => Math.trunc(Math.min(points[i] ?? last, highest)));
}

function eachClip(clips: number, indices: (clip: number) => Int32Array): Int32Array[] {
  return Array.from({ length: clips }, (_, i) => indices(i));
}

function shifted(indices: Int32Array, offset: number): Int32Array {
  return indices.map((index) => index + offset);
}

function repeatedFrame(index: number, framesPerClip: number): Int32Array {
  return new Int32Array(framesPerClip).fill(index);
}

function requirePositiveInteger(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new ClipSamplingError('invalid-setting', `${name} must be an integer of at least 1, found ${value}`);
  }
}

function requirePositive(name: string, value: number, what: string): void {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new ClipSamplingError('invalid-setting', `${name} must be a positive ${what}, found ${value}`);
  }
}
