import * as tf from '@tensorflow/tfjs-core';

/** How the focal loss weighs. */
export interface FocalLossSettings {
  /** Weight of the classes that a sample has; the others have 1 - alpha. Default 0.25. */
  alpha?: number | undefined;
  /** How much less an answer counts the nearer it is to right. Default 2. */
  gamma?: number | undefined;
}

/**
 * Sigmoid focal loss (Lin et al. 2017, equation 5), every class a question of its own: with p the probability of what is
 * true of a class, -alpha_t (1 - p)^gamma log p. Added up over classes; the mean over samples. Nothing flows back into the
 * targets.
 *
 * @param logits [B, C]
 * @param targets [B, C] of zeros and ones
 */
export function focalLoss(logits: tf.Tensor, targets: tf.Tensor, settings: FocalLossSettings = {}): tf.Scalar {
  const { gamma = 2 } = settings;
  return tf.customGrad((_logits, save) => {
    (save as tf.GradSaveFunc)([logits, targets]);
    const { weight, negativeLog } = focalTerms(logits, targets, settings);
    return {
      value: tf.mean(tf.sum(tf.mul(weight, negativeLog), -1)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [z, y] = saved as [tf.Tensor, tf.Tensor];
        const { sign, right, wrong, ...terms } = focalTerms(z, y, settings);
        // d/du of (1 - p)^gamma (-log p) with p = sigmoid(u) is -(1 - p)^gamma (gamma p (-log p) + 1 - p).
        const slope = tf.mul(terms.weight, tf.add(tf.mul(tf.mul(right, terms.negativeLog), gamma), wrong));
        return tf.mul(tf.mul(slope, sign), tf.mul(dy, -1 / z.shape[0]!));
      },
    };
  })(logits) as tf.Scalar;
}

/** With u the logit of what is true: p = sigmoid(u), 1 - p, -log p, none of which loses digits, and the loss's weight. */
function focalTerms(logits: tf.Tensor, targets: tf.Tensor, { alpha = 0.25, gamma = 2 }: FocalLossSettings) {
  const sign = tf.sub(tf.mul(targets, 2), 1);
  const u = tf.mul(logits, sign);
  const right = tf.sigmoid(u);
  const wrong = tf.sigmoid(tf.neg(u));
  const negativeLog = tf.add(tf.relu(tf.neg(u)), tf.log(tf.add(tf.exp(tf.neg(tf.abs(u))), 1)));
  const alphaOfTruth = tf.add(tf.mul(targets, 2 * alpha - 1), 1 - alpha);
  return { sign, right, wrong, negativeLog, weight: tf.mul(alphaOfTruth, tf.pow(wrong, gamma)) };
}
