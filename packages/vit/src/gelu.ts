import * as tf from '@tensorflow/tfjs-core';
import { findFusedKernel } from '@vjepa/engine';

/**
 * The exact Gaussian error linear unit, x * Phi(x) (Hendrycks and Gimpel 2016), not its tanh approximation.
 *
 * @returns the shape of x; the backward pass keeps x only
 */
export function gelu(x: tf.Tensor): tf.Tensor {
  return tf.customGrad((_x, save) => {
    (save as tf.GradSaveFunc)([x]);
    return { value: geluForward(x), gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => geluBackward(dy, saved[0]!) };
  })(x);
}

export function geluForward(x: tf.Tensor): tf.Tensor {
  const fused = findFusedKernel('VjepaGelu');
  return fused !== undefined ? fused({ x })[0]! : tf.mul(x, normalDistribution(x));
}

/** dx */
export function geluBackward(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const fused = findFusedKernel('VjepaGeluGrad');
  if (fused !== undefined) return fused({ x, dy })[0]!;
  const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return tf.mul(dy, tf.add(normalDistribution(x), tf.mul(x, density)));
}

/** Phi(x) = (1 + erf(x / sqrt 2)) / 2. */
function normalDistribution(x: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(tf.erf(tf.mul(x, Math.SQRT1_2)), 0.5), 0.5);
}
