import * as tf from '@tensorflow/tfjs-core';
import { meanOverReplicas } from '@vjepa/engine';

/**
 * Cross-entropy averaged over the pixels that count, as PyTorch's with `ignore_index`; 0 where none does. Nothing flows back
 * into the classes.
 *
 * @param logits [..., C]
 * @param classes [...], whole numbers 0..C-1; any other does not count
 */
export function pixelCrossEntropy(logits: tf.Tensor, classes: tf.Tensor): tf.Scalar {
  const C = logits.shape.at(-1)!;
  return tf.customGrad((scores, save) => {
    const counts = tf.cast(tf.logicalAnd(tf.greaterEqual(classes, 0), tf.less(classes, C)), 'float32');
    // Devices that share a batch have different numbers of pixels that count, and the mean of their losses is taken.
    const weights = tf.div(counts, tf.maximum(meanOverReplicas(tf.sum(counts)), 1));
    // A class out of range has no 1 in its row, which does no harm: its weight is 0.
    const targets = tf.cast(tf.oneHot(tf.cast(classes, 'int32'), C), 'float32');
    (save as tf.GradSaveFunc)([scores as tf.Tensor, weights, targets]);
    const shifted = tf.sub(scores as tf.Tensor, tf.max(scores as tf.Tensor, -1, true));
    const logSums = tf.log(tf.sum(tf.exp(shifted), -1));
    const own = tf.sum(tf.mul(shifted, targets), -1);
    return {
      value: tf.sum(tf.mul(tf.sub(logSums, own), weights)) as tf.Scalar,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [savedScores, savedWeights, savedTargets] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const difference = tf.sub(tf.softmax(savedScores), savedTargets);
        return tf.mul(difference, tf.mul(tf.expandDims(savedWeights, -1), dy));
      },
    };
  })(logits) as tf.Scalar;
}
