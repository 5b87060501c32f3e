import type { RgbFrames } from '../rgb-frames.js';
import type { RandomStreams } from '../sampling/index.js';
import {
  type ClipBuffer,
  type EvaluationTransformSettings,
  evaluationTransform,
  type ImageEvaluationTransformSettings,
  type ImageTrainingTransformSettings,
  imageEvaluationTransform,
  imageTrainingTransform,
  type PretrainingTransformSettings,
  type ProbeTrainingTransformSettings,
  pretrainingTransform,
  probeTrainingTransform,
} from '../transform/index.js';

/**
 * Which transform a loader's threads apply, as plain data: functions cannot be sent to a thread. The two kinds for
 * images take the files as pictures, of one frame each.
 */
export type ClipTransformSettings =
  | ({ kind: 'pretraining' } & PretrainingTransformSettings)
  | ({ kind: 'evaluation' } & EvaluationTransformSettings)
  | ({ kind: 'probe-training' } & ProbeTrainingTransformSettings)
  | ({ kind: 'image-training' } & ImageTrainingTransformSettings)
  | ({ kind: 'image-evaluation' } & ImageEvaluationTransformSettings);

const KINDS = ['pretraining', 'evaluation', 'probe-training', 'image-training', 'image-evaluation'];

/** V, how many views of each clip the transform makes. */
export function viewsPerClip(settings: ClipTransformSettings): number {
  return settings.kind === 'evaluation' ? (settings.views ?? 1) : 1;
}

/** Whether the files are pictures. */
export function isImageTransform({ kind }: ClipTransformSettings): boolean {
  return kind === 'image-training' || kind === 'image-evaluation';
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
    case 'probe-training':
      probeTrainingTransform(frames, settings, random, output);
      return;
    case 'image-training':
      imageTrainingTransform(frames, settings, random, output);
      return;
    case 'image-evaluation':
      imageEvaluationTransform(frames, settings, output);
      return;
    default:
      throw new RangeError(
        `transform.kind must be one of ${KINDS.join(', ')}, found '${(settings as { kind: string }).kind}'`,
      );
  }
}
