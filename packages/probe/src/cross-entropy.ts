import * as tf from '@tensorflow/tfjs-core';

/**
 * Mean over samples of -sum_c targets_c log softmax(logits)_c. Nothing flows back into the targets.
 *
 * @param logits [B, C]
 * @param targets [B, C], rows that sum to 1: one-hot labels, smoothed or mixed ones
 */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Scalar {
  return tf.customGrad((_logits, save) => {
    (save as tf.GradSaveFunc)([logits, targets]);
    const shifted = tf.sub(logits, tf.max(logits, -1, true));
    const logProbabilities = tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)));
    return {
      value: tf.mean(tf.neg(tf.sum(tf.mul(logProbabilities, targets), -1))),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const difference = tf.sub(tf.softmax(saved[0]!), saved[1]!);
        return tf.mul(difference, tf.mul(dy, 1 / saved[0]!.shape[0]!));
      },
    };
  })(logits) as tf.Scalar;
}

/** [B] int32 labels -> [B, numClasses] of zeros and ones. */
export function oneHotLabels(labels: tf.Tensor, numClasses: number): tf.Tensor2D {
  return tf.cast(tf.oneHot(labels, numClasses), 'float32') as tf.Tensor2D;
}

/** How many rows have their largest score at the label's place. [B, C], [B] int32 -> scalar. */
export function countCorrect(scores: tf.Tensor, labels: tf.Tensor): tf.Scalar {
  return tf.sum(tf.cast(tf.equal(tf.argMax(scores, -1), labels), 'float32'));
}
