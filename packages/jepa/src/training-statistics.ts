import * as tf from '@tensorflow/tfjs-core';
import { meanOverReplicas, minimumOverReplicas, samplesOverReplicas, type TensorRecord } from '@vjepa/engine';
import { globalNorm } from '@vjepa/optim';
import { layerGroups } from './layer-groups.js';

/**
 * Signs of representation collapse in the targets: a collapsed encoder gives every token the same features.
 *
 * @param h [B, N, D], the normalised targets
 * @returns scalars: `target_std`, the deviation of a feature over all tokens, averaged over features (1 for
 *   uncorrelated unit features, 0 when collapsed); `target_cosine`, the mean cosine between two different tokens of a
 *   clip (1 when collapsed); `target_rank`, the participation ratio (tr C)^2 / tr(C^2) of the feature covariance,
 *   between 1 and D; `target_std_across_clips`, the deviation over clips of a feature at one place, averaged over
 *   places and features (0 when features tell where a token is and nothing of what is there; left out for one clip);
 *   `target_within_clips`, the share of the features' variance that lies within clips, 0 to 1 (0 when all tokens of a
 *   clip have the same features, other than another clip's); `loss_of_mean`, see `lossOfMean` (0 when collapsed)
 */
export function targetStatistics(h: tf.Tensor, lossExponent = 1): TensorRecord {
  return tf.tidy(() => {
    const [B, N, D] = h.shape as [number, number, number];
    const rows = tf.reshape(h, [B * N, D]);
    const squares = tf.sum(tf.square(h), -1, true);
    const clipMeans = tf.mean(h, 1, true);
    const unit = tf.mul(h, tf.rsqrt(tf.add(squares, 1e-12)));
    // |sum of the unit vectors|^2 counts every pair twice and every token once with itself.
    const pairs = tf.sub(tf.sum(tf.square(tf.sum(unit, 1)), -1), N);
    return {
      target_std: meanDeviation(rows),
      target_cosine: tf.mul(tf.mean(pairs), 1 / (N * Math.max(1, N - 1))),
      target_rank: effectiveRank(rows),
      ...(samplesOverReplicas(B) > 1 && { target_std_across_clips: meanDeviation(tf.reshape(h, [B, N * D])) }),
      target_within_clips: shareWithinClips(tf.mul(tf.mean(squares), 1 / D), clipMeans),
      loss_of_mean: lossOfMean(h, lossExponent, clipMeans),
    };
  });
}

/**
 * The loss of predicting every token by its clip's mean target, |h - mean|^p / p: what a predictor gets that has found
 * what is constant in a clip, and nothing else.
 *
 * @param targets [B, N, D]
 * @param clipMeans [B, 1, D], where they are there already
 */
export function lossOfMean(targets: tf.Tensor, exponent = 1, clipMeans = tf.mean(targets, 1, true)): tf.Tensor {
  return tf.tidy(() => {
    const distance = tf.abs(tf.sub(targets, clipMeans));
    return exponent === 1 ? tf.mean(distance) : tf.mul(tf.mean(tf.pow(distance, exponent)), 1 / exponent);
  });
}

/** Features that vary by less have collapsed, and where the rest of their variance lies is rounding. */
const LEAST_VARIANCE = 1e-6;

/**
 * Variance within clips over all variance, from sums that are there already: the pass over [B, N, D] that a variance
 * takes is not made again.
 *
 * @param power mean square of all features
 * @param clipMeans [B, 1, D]
 */
function shareWithinClips(power: tf.Tensor, clipMeans: tf.Tensor): tf.Tensor {
  const whole = meanOverReplicas(power);
  const within = tf.sub(whole, meanOverReplicas(tf.mean(tf.square(clipMeans))));
  const all = tf.sub(whole, tf.mean(tf.square(meanOverReplicas(tf.mean(clipMeans, 0)))));
  return tf.div(tf.add(tf.relu(within), LEAST_VARIANCE), tf.add(tf.relu(all), LEAST_VARIANCE));
}

/**
 * The same signs in the predictions, as means over the masks: `prediction_std`, the deviation of a feature over all
 * predicted tokens, averaged over features; `prediction_rank`, their effective rank.
 *
 * @param predictions z_i: [B, K_i, D]
 * @param present per mask [K_i]: 1 for targets that are there, 0 for padding. Default: all are there
 */
export function predictionStatistics(predictions: tf.Tensor[], present: tf.Tensor[] = []): TensorRecord {
  return tf.tidy(() => {
    const rows = predictions.map((z) => {
      const [B, K, D] = z.shape as [number, number, number];
      return tf.reshape(z, [B * K, D]);
    });
    const rowsPresent = predictions.map(({ shape: [B] }, i) => present[i] && tf.tile(present[i], [B!]));
    const mean = (values: tf.Tensor[]) => tf.mean(tf.stack(values));
    return {
      prediction_std: mean(rows.map((z, i) => meanDeviation(z, rowsPresent[i]))),
      prediction_rank: mean(rows.map((z, i) => effectiveRank(z, rowsPresent[i]))),
    };
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
    return { input_variance: tf.mean(variance), input_variance_min: minimumOverReplicas(tf.min(variance)) };
  });
}

/**
 * Norms of one model's parameters and of what the step did to them, for the whole model and by layer group
 * (`encoder_early_update_norm`), gradient norms by layer group, and those of the first and the last attention layer,
 * whose ratio shows vanishing or exploding gradients.
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
    const whole: Record<string, tf.Tensor[]> = { parameter_norm: [], update_norm: [] };
    const byGroup: TensorRecord = {};
    for (const [group, names] of Object.entries(layerGroups(trained))) {
      const norms = {
        parameter_norm: globalNorm(names.map((name) => after[name]!)),
        update_norm: globalNorm(names.map((name) => tf.sub(after[name]!, before[name]!))),
        grad_norm: globalNorm(names.map((name) => gradients[name]!)),
      };
      for (const [kind, norm] of Object.entries(norms)) {
        byGroup[`${model}_${group}_${kind}`] = norm;
        whole[kind]?.push(norm);
      }
    }
    return {
      ...byGroup,
      [`${model}_parameter_norm`]: globalNorm(whole.parameter_norm!),
      [`${model}_update_norm`]: globalNorm(whole.update_norm!),
      [`${model}_grad_norm_first_layer`]: gradientNorm(layers[0]),
      [`${model}_grad_norm_last_layer`]: gradientNorm(layers.at(-1)),
    };
  });
}

/**
 * The participation ratio (tr C)^2 / tr(C^2) of the rows' covariance C: about how many directions they use. C's scale
 * cancels out, so the number of rows, which may change from step to step, is not needed. [M, D] -> scalar.
 */
function effectiveRank(rows: tf.Tensor, present?: tf.Tensor): tf.Tensor {
  const centered = centeredRows(rows, present);
  const covariance = meanOverReplicas(tf.matMul(centered as tf.Tensor2D, centered as tf.Tensor2D, true, false));
  const trace = meanOverReplicas(tf.sum(tf.square(centered)));
  return tf.div(tf.square(trace), tf.add(tf.sum(tf.square(covariance)), 1e-30));
}

/** Mean over features of the deviation over rows. [M, D] -> scalar. */
function meanDeviation(rows: tf.Tensor, present?: tf.Tensor): tf.Tensor {
  const squares = tf.square(centeredRows(rows, present));
  return tf.mean(tf.sqrt(meanOfRows(squares, present)));
}

/** Rows minus their mean; zeros where a row is padding. */
function centeredRows(rows: tf.Tensor, present?: tf.Tensor): tf.Tensor {
  if (present === undefined) return tf.sub(rows, meanOverReplicas(tf.mean(rows, 0, true)));
  const there = tf.expandDims(present, 1);
  return tf.mul(tf.sub(rows, tf.expandDims(meanOfRows(tf.mul(rows, there), present), 0)), there);
}

/** [M, D] -> [D], over the rows of the whole batch; rows that are padding hold zeros. */
function meanOfRows(rows: tf.Tensor, present?: tf.Tensor): tf.Tensor {
  return meanOverReplicas(present === undefined ? tf.mean(rows, 0) : tf.div(tf.sum(rows, 0), tf.sum(present)));
}
