import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerGradients } from './index.js';

/** Operations of one tensor of positive numbers, [2, 3]. */
const OPERATIONS: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  reshape: (x) => tf.reshape(x, [3, 2]),
  transpose: (x) => tf.transpose(x),
  concat: (x) => tf.concat([x, x], 1),
  split: (x) => tf.mul(...(tf.split(x, [1, 2], 1) as [tf.Tensor, tf.Tensor])),
  slice: (x) => tf.slice(x, [0, 1], [2, 2]),
  'addition, broadcast': (x) => tf.add(x, tf.slice(x, [1, 0], [1, 3])),
  'subtraction, broadcast': (x) => tf.sub(tf.slice(x, [0, 0], [2, 1]), x),
  'multiplication, broadcast': (x) => tf.mul(x, tf.slice(x, [0, 0], [1, 3])),
  'division, broadcast': (x) => tf.div(x, tf.slice(x, [0, 0], [1, 3])),
  'squared difference, broadcast': (x) => tf.squaredDifference(x, tf.slice(x, [1, 0], [1, 3])),
  product: (x) => tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D, false, true),
  sum: (x) => tf.sum(x, 1),
  mean: (x) => tf.mean(x, 0),
  'mean of all': (x) => tf.mean(x),
  square: tf.square,
  absolute: (x) => tf.abs(tf.sub(x, 1)),
  exponential: tf.exp,
  logarithm: tf.log,
  negation: tf.neg,
  root: tf.sqrt,
  'soft rectifier': tf.softplus,
  rectifier: (x) => tf.relu(tf.sub(x, 1)),
  sigmoid: tf.sigmoid,
  tangent: tf.tanh,
  copy: (x) => tf.clone(x),
};

describe('gradients', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
    registerGradients();
  });

  it.each(Object.keys(OPERATIONS))('of %s are central differences', (name) => {
    const values = [0.3, 1.7, 0.8, 2.1, 0.5, 1.2];
    // Weighted, so that no element of the result is like another.
    const loss = (x: tf.Tensor) => {
      const y = OPERATIONS[name]!(x);
      const weights = tf.tensor(
        Array.from({ length: y.size }, (_, i) => 1 + i * 0.7),
        y.shape,
      );
      return tf.sum(tf.mul(y, weights)) as tf.Scalar;
    };
    const gradient = tf
      .grad(loss)(tf.tensor(values, [2, 3]))
      .dataSync();
    const at = (i: number, change: number) =>
      loss(
        tf.tensor(
          values.map((value, j) => (i === j ? value + change : value)),
          [2, 3],
        ),
      ).dataSync()[0]!;
    for (const i of values.keys()) {
      const expected = (at(i, 1e-2) - at(i, -1e-2)) / 2e-2;
      expect(Math.abs(gradient[i]! - expected)).toBeLessThan(2e-2 * Math.max(1, Math.abs(expected)));
    }
  });
});
