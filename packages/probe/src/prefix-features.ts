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
 * @returns [B, H' W', L * D], or [B, L * H' W', D]: the prefix's last step
 * @throws if a layer is named that the encoder does not have
 */
export function prefixFeatures(
  encoder: ClipEncoder,
  parameters: Parameters,
  clips: tf.Tensor,
  { height, width }: Pick<TokenGrid, 'height' | 'width'>,
  { mask, length }: Prefix,
  { joinLayers, ...options }: Pick<ClipFeatureOptions, 'normalizedClips' | 'layers' | 'joinLayers'> = {},
): tf.Tensor3D {
  return tf.tidy(() => {
    const present = length === undefined ? undefined : presentTokens(mask.shape[1]!, length);
    const prefix = clipFeatures(encoder, parameters, clips, { ...options, mask, present });
    const last = lastTokens(prefix, height * width, length);
    return joinLayers === 'tokens' ? tf.concat(tf.split(last, options.layers?.length ?? 1, 2), 1) : last;
  });
}

/** The last `count` tokens of [B, K, D], of those that are there. */
function lastTokens(features: tf.Tensor3D, count: number, length: tf.Tensor | undefined): tf.Tensor3D {
  const [B, K, D] = features.shape;
  if (length === undefined) return tf.slice(features, [0, K - count, 0], [B, count, D]);
  const places = tf.add(tf.range(0, count, 1, 'int32'), tf.sub(length, tf.scalar(count, 'int32')));
  return gatherTokens(features, tf.tile(tf.reshape(places, [1, count]), [B, 1]));
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
