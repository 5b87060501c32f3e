import * as tf from '@tensorflow/tfjs-core';
import { findFusedKernel } from '@vjepa/engine';

/**
 * Layer normalisation over the last axis: (x - mean) / sqrt(variance + epsilon) * weight + bias, with the biased
 * variance.
 *
 * @param x [..., D]
 * @param weight [D]
 * @param bias [D]
 * @returns the shape of x; the backward pass keeps x and weight only and computes the moments again
 */
export function layerNorm(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor, epsilon: number): tf.Tensor {
  return tf.customGrad((_x, _weight, _bias, save) => {
    (save as tf.GradSaveFunc)([x, weight]);
    return {
      value: layerNormForward(x, weight, bias, epsilon),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => layerNormBackward(dy, saved[0]!, saved[1]!, epsilon),
    };
  })(x, weight, bias);
}

/**
 * Layer normalisation without weight and bias, as V-JEPA applies to its targets.
 *
 * @param epsilon default that of the targets, 1e-5; the encoders' own norms have 1e-6
 */
export function layerNormWithoutAffine(x: tf.Tensor, epsilon = 1e-5): tf.Tensor {
  const dim = x.shape[x.rank - 1]!;
  return layerNorm(x, tf.ones([dim]), tf.zeros([dim]), epsilon);
}

export function layerNormForward(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor, epsilon: number): tf.Tensor {
  const fused = findFusedKernel('VjepaLayerNorm');
  if (fused !== undefined) return fused({ x, weight, bias }, { epsilon })[0]!;
  const { normalized } = standardize(x, epsilon);
  return tf.add(tf.mul(normalized, weight), bias);
}

/** [dx, dweight, dbias] */
export function layerNormBackward(dy: tf.Tensor, x: tf.Tensor, weight: tf.Tensor, epsilon: number): tf.Tensor[] {
  const fused = findFusedKernel('VjepaLayerNormGrad');
  if (fused !== undefined) return fused({ x, weight, dy }, { epsilon });
  const { normalized, inverseDeviation } = standardize(x, epsilon);
  const leading = x.shape.slice(0, -1).map((_, axis) => axis);
  const dnormalized = tf.mul(dy, weight);
  const meanGradient = tf.mean(dnormalized, -1, true);
  const meanProjection = tf.mean(tf.mul(dnormalized, normalized), -1, true);
  const dx = tf.mul(inverseDeviation, tf.sub(tf.sub(dnormalized, meanGradient), tf.mul(normalized, meanProjection)));
  return [dx, tf.sum(tf.mul(dy, normalized), leading), tf.sum(dy, leading)];
}

function standardize(x: tf.Tensor, epsilon: number) {
  const centered = tf.sub(x, tf.mean(x, -1, true));
  const inverseDeviation = tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), epsilon));
  return { normalized: tf.mul(centered, inverseDeviation), inverseDeviation };
}
