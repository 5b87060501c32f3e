import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '@vjepa/engine';
import { type ClipEncoder, gatherTokens, type Parameters, presentTokens, type TokenGrid } from '@vjepa/vit';
import { type ClipFeatureOptions, clipFeatures } from './video-features.js';

/** A clip's first time steps. */
export interface Prefix {
  /** int32 [B, K]: their tokens, as `prefixMask` lists them. */
  mask: tf.Tensor;
  /** Where the mask is padded at its end: int32 scalar, how many tokens there are. */
  length?: tf.Tensor | undefined;
}

/**
 * Features of a time step that have seen no later one: the encoder on the tokens of the steps up to this one alone, and
 * of its outputs those of this step. Encoders are trained on parts of clips, whose other tokens are dropped before the
 * first block, so nothing is approximated: later tokens are not there. Positions are those of the whole clip.
 *
 * The T' steps of a clip take T' encodings, of 1, 2, ..., T' steps: the work of (T' + 1) / 2 encodings of the whole clip,
 * less in attention.
 *
 * @param clips as `clipFeatures` takes them
 * @param grid of the clips; see `featureGrid`
 * @param prefix up to this step and not further
 * @returns [B, H' W', L * D], the prefix's last step
 * @throws if a layer is named that the encoder does not have
 */
export function prefixFeatures(
  encoder: ClipEncoder,
  parameters: Parameters,
  clips: tf.Tensor,
  { height, width }: Pick<TokenGrid, 'height' | 'width'>,
  { mask, length }: Prefix,
  options: Pick<ClipFeatureOptions, 'normalizedClips' | 'layers'> = {},
): tf.Tensor3D {
  return tf.tidy(() => {
    const [B, K] = mask.shape as [number, number];
    const step = height * width;
    const present = length === undefined ? undefined : presentTokens(K, length);
    const features = clipFeatures(encoder, parameters, clips, { ...options, mask, present });
    if (length === undefined) return tf.slice(features, [0, K - step, 0], [B, step, features.shape[2]]);
    const last = tf.add(tf.range(0, step, 1, 'int32'), tf.sub(length, tf.scalar(step, 'int32')));
    return gatherTokens(features, tf.tile(tf.reshape(last, [1, step]), [B, 1]));
  });
}

/** The tokens of the first `steps` time steps of B clips: int32 [B, steps * H' W'], time slowest. */
export function prefixMask(
  { height, width }: Pick<TokenGrid, 'height' | 'width'>,
  steps: number,
  B: number,
): HostTensor {
  const K = steps * height * width;
  return { shape: [B, K], data: Int32Array.from({ length: B * K }, (_, i) => i % K) };
}
