import * as tf from '@tensorflow/tfjs-core';
import type { PretrainingInputs } from './index.js';

/** Masks with tokens behind them that are not meant, and how many are. */
export function padded({ context, target, ...inputs }: PretrainingInputs, by: number): PretrainingInputs {
  const longer = (mask: tf.Tensor, i: number) =>
    tf.concat([mask, tf.fill([mask.shape[0]!, by + i], 7 + i, 'int32')], 1);
  const length = (mask: tf.Tensor) => tf.scalar(mask.shape[1]!, 'int32');
  return {
    ...inputs,
    context: context.map(longer),
    target: target.map((mask, i) => longer(mask, 2 + i)),
    lengths: { context: context.map(length), target: target.map(length) },
  };
}
