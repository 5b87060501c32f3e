import * as tf from '@tensorflow/tfjs-core';
import { findFusedKernel } from '@vjepa/engine';

/** The L2 norm of all tensors taken as one vector. */
export function globalNorm(tensors: tf.Tensor[]): tf.Scalar {
  if (tensors.length === 0) return tf.scalar(0);
  return tf.tidy(() => tf.sqrt(tf.sum(tf.stack(tensors.map(squaredNorm)))) as tf.Scalar);
}

function squaredNorm(x: tf.Tensor): tf.Tensor {
  const fused = findFusedKernel('VjepaSquaredNorm');
  return fused !== undefined ? fused({ x })[0]! : tf.tidy(() => tf.sum(tf.square(x)));
}

/**
 * The factor that brings gradients of this norm down to `maxNorm`: min(1, maxNorm / (norm + 1e-6)); 1 where `maxNorm`
 * is 0, which switches clipping off without another graph.
 */
export function clipCoefficient(norm: tf.Tensor, maxNorm: tf.Tensor): tf.Tensor {
  const coefficient = tf.minimum(tf.div(maxNorm, tf.add(norm, 1e-6)), 1);
  return tf.where(tf.greater(maxNorm, 0), coefficient, tf.onesLike(coefficient));
}
