import type { RgbFrames } from '../rgb-frames.js';
import type { RandomStreams } from '../sampling/index.js';
import {
  type ClipBuffer,
  type EvaluationTransformSettings,
  evaluationTransform,
  type PretrainingTransformSettings,
  pretrainingTransform,
} from '../transform/index.js';

/** Which transform a loader's threads apply, as plain data: functions cannot be sent to a thread. */
export type ClipTransformSettings =
  | ({ kind: 'pretraining' } & PretrainingTransformSettings)
  | ({ kind: 'evaluation' } & EvaluationTransformSettings);

/** V, how many views of each clip the transform makes. */
export function viewsPerClip(settings: ClipTransformSettings): number {
  return settings.kind === 'evaluation' ? (settings.views ?? 1) : 1;
}

/** Writes the views of one clip, [V, T, S, S, 3] bytes or [V, 3, T, S, S] floats, into `output`. */
export function transformClip(
  settings: ClipTransformSettings,
  frames: RgbFrames,
  random: RandomStreams,
  output: ClipBuffer,
): void {
  switch (settings.kind) {
    case 'pretraining':
      pretrainingTransform(frames, settings, random, output);
      return;
    case 'evaluation':
      evaluationTransform(frames, settings, output);
      return;
    default:
      throw new RangeError(
        `transform.kind must be 'pretraining' or 'evaluation', found '${(settings as { kind: string }).kind}'`,
      );
  }
}
