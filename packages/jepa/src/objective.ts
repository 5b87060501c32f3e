import * as tf from '@tensorflow/tfjs-core';

/** Added to the variance under the regulariser's square root. */
const VARIANCE_EPSILON = 1e-4;

/**
 * The prediction loss of one mask: mean over batch, tokens and features of |z - h|^p / p (V-JEPA, equation 1 with
 * p = 1). Nothing flows back into the targets.
 *
 * @param z [B, K, D] predictions
 * @param h [B, K, D] targets
 * @param mask [B, K] places of the targets; only its shape counts
 * @param present [K]: 1 for targets that are there, 0 for padding. Default: all are there
 * @param weights [B, K] factors of the tokens' losses, which the mean is not divided by. Default: 1
 */
export function predictionLoss(
  z: tf.Tensor,
  h: tf.Tensor,
  mask: tf.Tensor,
  exponent = 1,
  present?: tf.Tensor,
  weights?: tf.Tensor,
): tf.Scalar {
  return tf.customGrad((_z, save) => {
    const error = tf.sub(z, h);
    const optional = [present, weights].filter((tensor) => tensor !== undefined);
    (save as tf.GradSaveFunc)([z, h, mask, ...optional]);
    const magnitude = exponent === 1 ? tf.abs(error) : tf.pow(tf.abs(error), exponent);
    return {
      value: tf.mul(meanOfPresent(weighted(magnitude, weights), mask, present), 1 / exponent),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [savedZ, savedH, savedMask, ...rest] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];
        const there = present && rest.shift();
        const error = weighted(lossSlope(tf.sub(savedZ, savedH), exponent), weights && rest.shift());
        const slope = ofPresent(error, there);
        return tf.mul(slope, tf.div(dy, countElements(savedMask, savedZ.shape[2]!, there)));
      },
    };
  })(z) as tf.Scalar;
}

/** x [B, K, D] times weights [B, K]. */
function weighted(x: tf.Tensor, weights: tf.Tensor | undefined): tf.Tensor {
  return weights === undefined ? x : tf.mul(x, tf.expandDims(weights, 2));
}

/** Zeros in the place of padding. x [B, K, D], present [K]. */
function ofPresent(x: tf.Tensor, present: tf.Tensor | undefined): tf.Tensor {
  return present === undefined ? x : tf.mul(x, tf.reshape(present, [1, x.shape[1]!, 1]));
}

function meanOfPresent(x: tf.Tensor, mask: tf.Tensor, present: tf.Tensor | undefined): tf.Tensor {
  if (present === undefined) return tf.mean(x);
  return tf.div(tf.sum(ofPresent(x, present)), countElements(mask, x.shape[2]!, present));
}

/** d/de |e|^p / p */
function lossSlope(error: tf.Tensor, exponent: number): tf.Tensor {
  if (exponent === 1) return tf.sign(error);
  if (exponent === 2) return error;
  return tf.mul(tf.sign(error), tf.pow(tf.abs(error), exponent - 1));
}

/**
 * The variance regulariser: mean over samples and features of relu(1 - sigma), where sigma is the deviation of the
 * predictions over a sample's tokens, averaged over the masks. The published runs give it weight 0 and log it.
 *
 * @param predictions per mask [B, K_i, D]
 * @param masks per mask [B, K_i]; only their shapes count
 * @param present per mask [K_i]: 1 for targets that are there, 0 for padding. Default: all are there
 */
export function varianceRegularizer(
  predictions: tf.Tensor[],
  masks: tf.Tensor[],
  present: tf.Tensor[] = [],
): tf.Scalar {
  const M = predictions.length;
  return tf.customGrad((...args) => {
    const save = args[args.length - 1] as tf.GradSaveFunc;
    save([...predictions, ...masks, ...present]);
    const hinge = tf.relu(tf.sub(1, meanDeviation(predictions, masks, present)));
    return {
      value: tf.mean(hinge),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [z, m, there] = [saved.slice(0, M), saved.slice(M, 2 * M), saved.slice(2 * M)];
        const [B, , D] = z[0]!.shape as [number, number, number];
        const active = tf.cast(tf.less(meanDeviation(z, m, there), 1), 'float32');
        const dsigma = tf.mul(tf.mul(active, dy), -1 / (B * D * M)); // [B, D], the same for every mask
        return z.map((prediction, i) => {
          const { centered, deviation, degrees } = tokenMoments(prediction, m[i]!, there[i]);
          return tf.mul(centered, tf.expandDims(tf.div(dsigma, tf.mul(deviation, degrees)), 1));
        });
      },
    };
  })(...predictions) as tf.Scalar;
}

function meanDeviation(predictions: tf.Tensor[], masks: tf.Tensor[], present: tf.Tensor[]): tf.Tensor {
  const deviations = predictions.map((z, i) => tokenMoments(z, masks[i]!, present[i]).deviation);
  return tf.mean(tf.stack(deviations), 0);
}

/** Over a sample's tokens: deviation [B, D] with the unbiased variance, z minus its mean, and K - 1. */
function tokenMoments(z: tf.Tensor, mask: tf.Tensor, present: tf.Tensor | undefined) {
  const tokens = () => tf.div(countElements(mask, 1, present), mask.shape[0]!);
  const mean = present === undefined ? tf.mean(z, 1, true) : tf.div(tf.sum(ofPresent(z, present), 1, true), tokens());
  const centered = ofPresent(tf.sub(z, mean), present);
  const degrees = tf.sub(tokens(), 1);
  const variance = tf.div(tf.sum(tf.square(centered), 1), degrees);
  return { centered, degrees, deviation: tf.sqrt(tf.add(variance, VARIANCE_EPSILON)) };
}

/**
 * B * K * D as a tensor. The number of tokens of a mask changes from step to step, so that in a traced graph it must
 * come out of the mask and never be a constant. Padding does not count.
 */
function countElements(mask: tf.Tensor, D: number, present?: tf.Tensor): tf.Scalar {
  if (present !== undefined) return tf.mul(tf.sum(present), mask.shape[0]! * D);
  return tf.mul(tf.sum(tf.cast(tf.onesLike(mask), 'float32')), D);
}
