import * as tf from '@tensorflow/tfjs-core';
import type { TokenGrid } from '@vjepa/vit';

/** Farther than anything in a grid of tokens, squared. */
const FAR = 1e9;

/**
 * How much V-JEPA 2.1's loss of the context makes of each token: 1 / sqrt(d), where d is the distance to the nearest target,
 * Euclidean, in steps of the grid; 1 beside a target, less where nothing is hidden for far around.
 *
 * @param context [B, Kc] int32, places in the grid
 * @param target [B, Kt] int32
 * @param present [Kt]: 1 for targets that are there, 0 for padding. Default: all are there
 * @returns [B, Kc]
 */
export function distanceWeights(
  context: tf.Tensor,
  target: tf.Tensor,
  grid: Pick<TokenGrid, 'height' | 'width'>,
  present?: tf.Tensor,
): tf.Tensor {
  return tf.tidy(() => {
    const [seen, hidden] = [placesOf(context, grid), placesOf(target, grid)];
    const [first, ...others] = seen.map((axis, i) =>
      tf.square(tf.sub(tf.expandDims(axis, 2), tf.expandDims(hidden[i]!, 1))),
    );
    const squares = others.reduce<tf.Tensor>((sum, axis) => tf.add(sum, axis), first!);
    const reachable =
      present === undefined ? squares : tf.add(squares, tf.reshape(tf.mul(tf.sub(1, present), FAR), [1, 1, -1]));
    // No token of the context is a target; one that is padding may be.
    return tf.pow(tf.maximum(tf.min(reachable, 2), 1), -0.25);
  });
}

/** Time, row and column of tokens: three tensors of float32 in the mask's shape. */
function placesOf(mask: tf.Tensor, { height, width }: Pick<TokenGrid, 'height' | 'width'>): tf.Tensor[] {
  const ids = tf.cast(mask, 'float32');
  // Half a step more: a quotient that is whole is not to fall below itself by rounding.
  const quotient = (x: tf.Tensor, by: number) => tf.floor(tf.mul(tf.add(x, 0.5), 1 / by));
  const time = quotient(ids, height * width);
  const within = tf.sub(ids, tf.mul(time, height * width));
  const row = quotient(within, width);
  return [time, row, tf.sub(within, tf.mul(row, width))];
}
