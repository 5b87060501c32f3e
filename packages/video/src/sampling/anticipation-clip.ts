import { ClipSamplingError } from './clip-sampling-error.js';
import { type RandomSource, randomStreams } from './random-streams.js';

/** The frames of a video that show an action: the first and the last. */
export interface ActionFrames {
  start: number;
  stop: number;
}

/** When a clip ends that an action is to be foretold from (V-JEPA 2, section 6). */
export interface AnticipationSettings {
  /** Seconds between the clip's end and the anchor: the smallest and the largest. Default 1, without a draw between. */
  seconds?: readonly [number, number] | undefined;
  /** Where in the action the anchor is, from 0 at the end that `anchor` names to 1 at the other. Default 0. */
  point?: readonly [number, number] | undefined;
  /**
   * What the seconds are counted back from: the `stop` of the action (default; what the published code does and its
   * probes were trained with), or its `start`, as the paper says.
   */
  anchor?: 'stop' | 'start' | undefined;
}

/** What is drawn for a sample. */
export interface AnticipationDraw {
  seconds: number;
  point: number;
}

/**
 * A sample's seconds and anchor, uniform between their ends. These are the first draws from the sample's Python stream:
 * of the same seed, epoch and draw they are the same wherever they are asked for.
 */
export function drawAnticipation(
  { seconds = [1, 1], point = [0, 0] }: AnticipationSettings,
  random: RandomSource,
): AnticipationDraw {
  const { python } = randomStreams(random);
  return { seconds: python.uniform(...seconds), point: python.uniform(...point) };
}

/**
 * Indices of the clip before an action, [F]: every `floor(rate / clipRate)`-th frame up to the one before the anchor less
 * the seconds, all computed as the published code does. Where the video has not begun its first frame stands, and its
 * last one beyond its end.
 *
 * @throws ClipSamplingError `too-slow` where the video has fewer frames a second than the clip
 */
export function anticipationIndices(
  { framesPerClip, clipRate }: { framesPerClip: number; clipRate: number },
  { frames, averageRate }: { frames: number; averageRate: number },
  { start, stop }: ActionFrames,
  { seconds, point }: AnticipationDraw,
  anchor: 'stop' | 'start' = 'stop',
): Int32Array {
  const step = Math.trunc(averageRate / clipRate);
  if (!(step >= 1)) {
    throw new ClipSamplingError(
      'too-slow',
      `the video has ${averageRate} frames a second, fewer than the ${clipRate} that a clip shows: leave it out`,
    );
  }
  const [near, far] = anchor === 'stop' ? [stop, start] : [start, stop];
  const end = Math.trunc(far * point + (1 - point) * near - Math.trunc(seconds * averageRate));
  return Int32Array.from({ length: framesPerClip }, (_, i) =>
    Math.max(0, Math.min(frames - 1, end - (framesPerClip - i) * step)),
  );
}
