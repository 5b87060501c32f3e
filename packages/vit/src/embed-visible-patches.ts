import * as tf from '@tensorflow/tfjs-core';
import { linear } from './linear.js';
import { type Parameters, parameter } from './parameters.js';
import { patchWeightMatrix } from './patches.js';

/**
 * The patch embedding of patches that are visible, by the parameters `<prefix>.weight` [D, 3, tubelet, p, p] and
 * `<prefix>.bias`. Their gradient is the parameters' alone.
 *
 * @param visible [B, K, F]
 * @returns [B, K, D]
 */
export function embedVisiblePatches(parameters: Parameters, prefix: string, visible: tf.Tensor3D): tf.Tensor3D {
  const [B, K, F] = visible.shape;
  const weight = patchWeightMatrix(parameter(parameters, `${prefix}.weight`));
  const bias = parameter(parameters, `${prefix}.bias`);
  const embedded = linear(tf.reshape(visible, [B * K, F]), weight, bias, { inputGradient: false });
  return tf.reshape(embedded, [B, K, weight.shape[0]]);
}
