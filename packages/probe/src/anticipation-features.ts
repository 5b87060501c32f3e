import * as tf from '@tensorflow/tfjs-core';
import {
  encodeVjepa2Patches,
  encodeVjepa2PatchesLevels,
  type Parameters,
  predictVjepa2,
  tokenGrid,
  type Vjepa2EncoderConfig,
  type Vjepa2PredictorConfig,
  vjepa2ClipPatches,
  vjepa2FramePatches,
} from '@vjepa/vit';
import type { VideoFeatureOptions } from './video-features.js';

/**
 * A frozen encoder of V-JEPA 2 or 2.1 and its predictor, whose clips are long enough to hold what is predicted: the
 * published ones are of 64 frames.
 */
export interface AnticipationModels {
  encoder: Vjepa2EncoderConfig;
  predictor: Vjepa2PredictorConfig;
}

/** What an anticipation probe sees: the clip, what is to come, or both. */
export type AnticipationParts = 'encoder and predictor' | 'encoder' | 'predictor';

/** How clips come, and what is wanted of them. */
export interface AnticipationFeatureOptions extends VideoFeatureOptions {
  /** Default: both, the encoder's tokens first. */
  parts?: AnticipationParts | undefined;
}

/** How many tokens a probe sees of a clip of some frames: N of the clip, and G^2 of the tubelet that is predicted. */
export function anticipationTokens(
  encoder: Vjepa2EncoderConfig,
  frames: number,
  parts: AnticipationParts = 'encoder and predictor',
): number {
  const { height, width } = tokenGrid(encoder);
  const seen = Math.floor(frames / encoder.tubeletSize) * height * width;
  return (parts === 'predictor' ? 0 : seen) + (parts === 'encoder' ? 0 : height * width);
}

/**
 * What is foretold from a clip (V-JEPA 2, section 6): its tokens, and beside them the predictor's for one tubelet that
 * comes `ahead` tubelets after the next. Of V-JEPA 2.1 the predictor sees all levels, the probe the last one of what is
 * seen and what is predicted.
 *
 * @param clips [B, T, H, W, 3], or [B, 3, T, H, W] when normalised
 * @param ahead [B] int32: tubelets that are skipped, 0 for what follows at once
 * @returns [B, N + G^2, D], or the tokens of one part
 */
export function anticipationFeatures(
  { encoder, predictor }: AnticipationModels,
  parameters: { encoder: Parameters; predictor: Parameters },
  clips: tf.Tensor,
  ahead: tf.Tensor,
  { parts = 'encoder and predictor', normalizedClips = false }: AnticipationFeatureOptions = {},
): tf.Tensor3D {
  return tf.tidy(() => {
    const patches = (normalizedClips ? vjepa2ClipPatches : vjepa2FramePatches)(encoder, clips);
    const encode = predictor.levels > 1 ? encodeVjepa2PatchesLevels : encodeVjepa2Patches;
    const seen = encode(encoder, parameters.encoder, patches);
    const last = (x: tf.Tensor3D) => tf.slice(x, [0, 0, x.shape[2] - encoder.embedDim], [-1, -1, -1]) as tf.Tensor3D;
    if (parts === 'encoder') return last(seen);
    const { height, width } = patches.grid;
    const masks = anticipationMasks(seen.shape[1], height * width, ahead);
    const predicted = last(predictVjepa2(predictor, parameters.predictor, seen, masks.context, masks.target));
    return parts === 'predictor' ? predicted : (tf.concat([last(seen), predicted], 1) as tf.Tensor3D);
  });
}

/** Places of the N tokens that are seen, [B, N], and of a tubelet of `area` tokens after them, [B, area]. */
function anticipationMasks(N: number, area: number, ahead: tf.Tensor): { context: tf.Tensor; target: tf.Tensor } {
  const B = ahead.shape[0]!;
  const first = tf.add(tf.mul(tf.reshape(ahead, [B, 1]), tf.scalar(area, 'int32')), tf.scalar(N, 'int32'));
  return {
    context: tf.tile(tf.reshape(tf.range(0, N, 1, 'int32'), [1, N]), [B, 1]),
    target: tf.add(first, tf.reshape(tf.range(0, area, 1, 'int32'), [1, area])),
  };
}
