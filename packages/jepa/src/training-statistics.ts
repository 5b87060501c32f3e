import * as tf from '@tensorflow/tfjs-core';
import { globalNorm } from './global-norm.js';
import type { TensorRecord } from './step-function.js';

/**
 * Signs of representation collapse in the targets: a collapsed encoder gives every token the same features.
 *
 * @param h [B, N, D], the normalised targets
 * @returns scalars: `target_std`, the deviation of a feature over all tokens, averaged over features (1 for
 *   uncorrelated unit features, 0 when collapsed); `target_cosine`, the mean cosine between two different tokens of a
 *   clip (1 when collapsed); `target_rank`, the participation ratio (tr C)^2 / tr(C^2) of the feature covariance,
 *   between 1 and D; `loss_of_mean`, the L1 loss of predicting every token by the clip's mean (0 when collapsed)
 */
export function targetStatistics(h: tf.Tensor): TensorRecord {
  return tf.tidy(() => {
    const [B, N, D] = h.shape as [number, number, number];
    const rows = tf.reshape(h, [B * N, D]);
    const centered = tf.sub(rows, tf.mean(rows, 0, true));
    const covariance = tf.mul(tf.matMul(centered, centered, true, false), 1 / (B * N));
    const trace = tf.sum(tf.mean(tf.square(centered), 0));
    const unit = tf.mul(h, tf.rsqrt(tf.add(tf.sum(tf.square(h), -1, true), 1e-12)));
    // |sum of the unit vectors|^2 counts every pair twice and every token once with itself.
    const pairs = tf.sub(tf.sum(tf.square(tf.sum(unit, 1)), -1), N);
    return {
      target_std: meanDeviation(rows),
      target_cosine: tf.mul(tf.mean(pairs), 1 / (N * Math.max(1, N - 1))),
      target_rank: tf.div(tf.square(trace), tf.sum(tf.square(covariance))),
      loss_of_mean: tf.mean(tf.abs(tf.sub(h, tf.mean(h, 1, true)))),
    };
  });
}

/** The deviation of a feature over all predicted tokens, averaged over features and masks. z_i: [B, K_i, D]. */
export function predictionStatistics(predictions: tf.Tensor[]): TensorRecord {
  return tf.tidy(() => {
    const deviations = predictions.map((z) => {
      const [B, K, D] = z.shape as [number, number, number];
      return meanDeviation(tf.reshape(z, [B * K, D]));
    });
    return { prediction_std: tf.mul(tf.addN(deviations), 1 / deviations.length) };
  });
}

/**
 * The variance of a clip's values, the reference's check on its inputs.
 *
 * @param patches [B, N, F]
 * @returns `input_variance`, the mean over the batch, and `input_variance_min`
 */
export function inputStatistics(patches: tf.Tensor): TensorRecord {
  return tf.tidy(() => {
    const [B, N, F] = patches.shape as [number, number, number];
    const clips = tf.reshape(patches, [B, N * F]);
    const squares = tf.sum(tf.square(tf.sub(clips, tf.mean(clips, 1, true))), 1);
    const variance = tf.mul(squares, 1 / (N * F - 1));
    return { input_variance: tf.mean(variance), input_variance_min: tf.min(variance) };
  });
}

/**
 * Norms of one model's parameters and of what the step did to them, and the gradient norms of the first and the last
 * attention layer, whose ratio shows vanishing or exploding gradients.
 */
export function modelStatistics(
  model: string,
  before: TensorRecord,
  after: TensorRecord,
  gradients: TensorRecord,
): TensorRecord {
  return tf.tidy(() => {
    const trained = Object.keys(gradients);
    const layers = trained.filter((name) => name.endsWith('attn.qkv.weight'));
    const gradientNorm = (name: string | undefined) => globalNorm(name === undefined ? [] : [gradients[name]!]);
    return {
      [`${model}_parameter_norm`]: globalNorm(trained.map((name) => after[name]!)),
      [`${model}_update_norm`]: globalNorm(trained.map((name) => tf.sub(after[name]!, before[name]!))),
      [`${model}_grad_norm_first_layer`]: gradientNorm(layers[0]),
      [`${model}_grad_norm_last_layer`]: gradientNorm(layers.at(-1)),
    };
  });
}

/** Mean over features of the deviation over rows. [M, D] -> scalar. */
function meanDeviation(rows: tf.Tensor): tf.Tensor {
  const centered = tf.sub(rows, tf.mean(rows, 0, true));
  return tf.mean(tf.sqrt(tf.mean(tf.square(centered), 0)));
}
