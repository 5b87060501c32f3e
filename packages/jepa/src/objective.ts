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
 */
export function predictionLoss(z: tf.Tensor, h: tf.Tensor, mask: tf.Tensor, exponent = 1): tf.Scalar {
  return tf.customGrad((_z, save) => {
    const error = tf.sub(z, h);
    (save as tf.GradSaveFunc)([z, h, mask]);
    const magnitude = exponent === 1 ? tf.abs(error) : tf.pow(tf.abs(error), exponent);
    return {
      value: tf.mul(tf.mean(magnitude), 1 / exponent),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [savedZ, savedH, savedMask] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const slope = lossSlope(tf.sub(savedZ, savedH), exponent);
        return tf.mul(slope, tf.div(dy, countElements(savedMask, savedZ.shape[2]!)));
      },
    };
  })(z) as tf.Scalar;
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
 */
export function varianceRegularizer(predictions: tf.Tensor[], masks: tf.Tensor[]): tf.Scalar {
  const M = predictions.length;
  return tf.customGrad((...args) => {
    const save = args[args.length - 1] as tf.GradSaveFunc;
    save([...predictions, ...masks]);
    const hinge = tf.relu(tf.sub(1, meanDeviation(predictions, masks)));
    return {
      value: tf.mean(hinge),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [z, m] = [saved.slice(0, M), saved.slice(M)];
        const [B, , D] = z[0]!.shape as [number, number, number];
        const active = tf.cast(tf.less(meanDeviation(z, m), 1), 'float32');
        const dsigma = tf.mul(tf.mul(active, dy), -1 / (B * D * M)); // [B, D], the same for every mask
        return z.map((prediction, i) => {
          const { centered, deviation, degrees } = tokenMoments(prediction, m[i]!);
          return tf.mul(centered, tf.expandDims(tf.div(dsigma, tf.mul(deviation, degrees)), 1));
        });
      },
    };
  })(...predictions) as tf.Scalar;
}

function meanDeviation(predictions: tf.Tensor[], masks: tf.Tensor[]): tf.Tensor {
  const deviations = predictions.map((z, i) => tokenMoments(z, masks[i]!).deviation);
  return tf.mul(tf.addN(deviations), 1 / predictions.length);
}

/** Over a sample's tokens: deviation [B, D] with the unbiased variance, z minus its mean, and K - 1. */
function tokenMoments(z: tf.Tensor, mask: tf.Tensor) {
  const centered = tf.sub(z, tf.mean(z, 1, true));
  const degrees = tf.sub(tf.div(countElements(mask, 1), mask.shape[0]!), 1);
  const variance = tf.div(tf.sum(tf.square(centered), 1), degrees);
  return { centered, degrees, deviation: tf.sqrt(tf.add(variance, VARIANCE_EPSILON)) };
}

/**
 * B * K * D as a tensor. The number of tokens of a mask changes from step to step, so that in a traced graph it must
 * come out of the mask and never be a constant.
 */
export function countElements(mask: tf.Tensor, D: number): tf.Scalar {
  return tf.mul(tf.sum(tf.cast(tf.onesLike(mask), 'float32')), D);
}
