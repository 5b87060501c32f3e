import * as tf from '@tensorflow/tfjs-core';

/**
 * Which tokens of a padded sequence are there: 1 for the first `length` of `size` tokens, 0 for the padding after them.
 *
 * Sequences are padded where a step is compiled for few fixed sizes. Padding stands for no token: nothing attends to it,
 * and no loss, gradient or statistic contains it, so that it changes nothing but time.
 *
 * @param length scalar int32
 * @returns [size] float32
 */
export function presentTokens(size: number, length: tf.Tensor): tf.Tensor1D {
  return tf.tidy(() => tf.cast(tf.less(tf.range(0, size, 1, 'int32'), length), 'float32'));
}
