import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from '@vjepa/engine';
import {
  gatherTokens,
  gelu,
  layerNorm,
  layerNormWithoutAffine,
  linear,
  type Parameters,
  parameter,
  transformerBlock,
} from '@vjepa/vit';
import { type PixelDecoderConfig, patchValues } from './pixel-decoder-config.js';

/** What a decoder is asked about tokens. */
export interface NoisedTokens {
  /** [B, K, F]: t x + (1 - t) noise, of patches x of normalised pixels. */
  noised: tf.Tensor;
  /** [B]: t, 0 where there is noise alone, 1 where there is none. */
  time: tf.Tensor;
  /** [B, K, E] */
  features: tf.Tensor;
  /** [B, K] int32, the tokens' places in the grid. */
  places: tf.Tensor;
}

/** Scale of a time in its code: neighbouring steps of a sampling are then some radians apart. */
const TIME_SCALE = 1000;

/**
 * The patches that a decoder expects behind noise and features: a transformer over the tokens that are to be decoded, and
 * no others, so that it knows of the rest of the clip what the features hold. Features pass a layer norm without weights, as
 * the targets of V-JEPA's objective do.
 *
 * It answers with the patches themselves and not with the noise: a patch has more values than the decoder is wide, and noise
 * would need them all (Li and He 2025, Back to Basics: Let Denoising Generative Models Denoise).
 *
 * @param present [K]: 1 for tokens that are there, 0 for padding; see `presentTokens` of @vjepa/vit. Default: all are there
 * @returns [B, K, F], normalised pixels
 */
export function decodePixels(
  config: PixelDecoderConfig,
  parameters: Parameters,
  { noised, time, features, places }: NoisedTokens,
  present?: tf.Tensor,
): tf.Tensor3D {
  registerGradients();
  return tf.tidy(() => {
    const { embedDim: D, featureDim: E, layerNormEpsilon } = config;
    const F = patchValues(config);
    const [B, K] = places.shape as [number, number];
    const map = (x: tf.Tensor, name: string, options = {}) =>
      linear(x, parameter(parameters, `${name}.weight`), parameter(parameters, `${name}.bias`), options);
    const rows = (x: tf.Tensor, width: number) => tf.reshape(x, [B * K, width]);

    const data = { inputGradient: false };
    const pixels = map(rows(noised, F), 'patch_embed', data);
    const condition = map(rows(layerNormWithoutAffine(features), E), 'feature_embed', data);
    const positions = gatherTokens(parameter(parameters, 'pos_embed'), tf.reshape(places, [1, B * K]));
    const moment = map(gelu(map(timeCode(time, D), 'time_embed.fc1', data)), 'time_embed.fc2');
    const tokens = tf.add(tf.add(pixels, condition), tf.reshape(positions, [B * K, D]));
    const timed = tf.add(tf.reshape(tokens, [B, K, D]), tf.reshape(moment, [B, 1, D]));

    let x = rows(timed, D) as tf.Tensor2D;
    for (let i = 0; i < config.depth; i++) {
      const options = { batchSize: B, numHeads: config.numHeads, layerNormEpsilon, present };
      x = transformerBlock(x, parameters, `blocks.${i}`, options);
    }
    const normed = layerNorm(
      x,
      parameter(parameters, 'norm.weight'),
      parameter(parameters, 'norm.bias'),
      layerNormEpsilon,
    );
    return tf.reshape(map(normed, 'patch_proj'), [B, K, F]) as tf.Tensor3D;
  });
}

/** Sines and cosines of a time at D / 2 frequencies, [B] -> [B, D]. */
function timeCode(time: tf.Tensor, D: number): tf.Tensor2D {
  const half = Math.floor(D / 2);
  const frequencies = Float32Array.from({ length: half }, (_, i) => TIME_SCALE * 10000 ** (-i / half));
  const angles = tf.mul(tf.reshape(time, [time.shape[0]!, 1]), tf.tensor2d(frequencies, [1, half]));
  const code = tf.concat([tf.sin(angles), tf.cos(angles)], 1) as tf.Tensor2D;
  return 2 * half === D
    ? code
    : (tf.pad(code, [
        [0, 0],
        [0, 1],
      ]) as tf.Tensor2D);
}
