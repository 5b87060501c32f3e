import * as tf from '@tensorflow/tfjs-core';
import { meanOverReplicas } from '@vjepa/engine';
import type { Parameters } from '@vjepa/vit';
import type { DenseProbeConfig, DepthProbeConfig } from './dense-probe-config.js';
import { upsampleBilinear } from './upsample.js';

/** Mean and variance of each feature, [D]: of a batch, or a running mean of batches'. */
export type FeatureStatistics = {
  mean: tf.Tensor;
  variance: tf.Tensor;
};

/** PyTorch's BatchNorm: added to the variance, and the weight of a batch in the running means. */
const EPSILON = 1e-5;
export const BATCH_NORM_MOMENTUM = 0.1;

/**
 * Mean and variance over all patches of a batch, of all devices' where they share it, without the correction for a sample.
 *
 * @param features [B, N, D]
 */
export function featureStatistics(features: tf.Tensor): FeatureStatistics {
  const mean = meanOverReplicas(tf.mean(features, [0, 1]));
  return { mean, variance: meanOverReplicas(tf.mean(tf.square(tf.sub(features, mean)), [0, 1])) };
}

/** [B, N, D] with each feature's mean taken out and its deviation made 1. */
export function normalizeFeatures(features: tf.Tensor, { mean, variance }: FeatureStatistics): tf.Tensor {
  return tf.mul(tf.sub(features, mean), tf.rsqrt(tf.add(variance, EPSILON)));
}

/**
 * The scores of patches. Interpolating them is the same as a linear layer on interpolated features, at a fraction of the work.
 *
 * @param features [B, h * w, D], normalised already where the probe has a norm
 * @returns [B, h, w, C]
 * @throws Error where there are not as many patches as the grid has
 */
export function patchScores(
  { embedDim: D, norm, grid: { height, width } }: Pick<DenseProbeConfig, 'embedDim' | 'norm' | 'grid'>,
  parameters: Parameters,
  features: tf.Tensor,
): tf.Tensor4D {
  const [B, N] = features.shape as [number, number, number];
  if (N !== height * width) throw new Error(`${N} patches, expected ${height} x ${width} = ${height * width}`);
  const scaled = norm ? tf.add(tf.mul(features, parameters['norm.weight']!), parameters['norm.bias']!) : features;
  const rows = tf.reshape(scaled, [B * N, D]) as tf.Tensor2D;
  const scores = tf.add(
    tf.matMul(rows, parameters['linear.weight'] as tf.Tensor2D, false, true),
    parameters['linear.bias']!,
  );
  return tf.reshape(scores, [B, height, width, scores.shape[1]!]);
}

/**
 * Depths from scores. Bins: scores are interpolated, cut off at 0, 0.1 is added, and their shares of the sum weigh the depths of
 * the bins (DINOv2's linear normalisation). Without bins: the least depth and softplus of the score.
 *
 * @param scores [B, h, w, K]
 * @returns metres, [B, h * upsampling, w * upsampling]
 */
export function depthOfScores(
  { bins, minDepth, maxDepth, upsampling }: DepthProbeConfig,
  scores: tf.Tensor4D,
): tf.Tensor3D {
  const [, h, w] = scores.shape;
  const fine = upsampleBilinear(scores, h * upsampling, w * upsampling);
  if (bins === 0) return tf.add(tf.squeeze(tf.softplus(fine), [3]), minDepth);
  const weights = tf.add(tf.relu(fine), 0.1);
  const depths = tf.linspace(minDepth, maxDepth, bins);
  return tf.div(tf.sum(tf.mul(weights, depths), 3), tf.sum(weights, 3));
}
