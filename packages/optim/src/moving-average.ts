import * as tf from '@tensorflow/tfjs-core';
import { findFusedKernel } from '@vjepa/engine';

/**
 * momentum * average + (1 - momentum) * value: how the target encoder follows the encoder (V-JEPA, section 3.1).
 *
 * @param momentum scalar tensor
 * @returns the update of one tensor
 */
export function movingAverage(momentum: tf.Tensor): (average: tf.Tensor, value: tf.Tensor) => tf.Tensor {
  const fused = findFusedKernel('VjepaMovingAverage');
  if (fused !== undefined) return (average, value) => fused({ average, value, momentum })[0]!;
  const complement = tf.sub(1, momentum);
  return (average, value) => tf.tidy(() => tf.add(tf.mul(average, momentum), tf.mul(value, complement)));
}
