import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTensorFlow, type TensorFlowRuntime } from './index.js';

let runtime: TensorFlowRuntime;
beforeAll(async () => {
  runtime = await loadTensorFlow();
  await tf.setBackend(runtime.backendName);
});

describe('the eager backend', () => {
  it('multiplies matrices', () => {
    const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2]));
    expect([...product.dataSync()]).toEqual([19, 22, 43, 50]);
    expect(product.shape).toEqual([2, 2]);
  });

  it('differentiates', () => {
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(tf.square(x), 3)))(tf.tensor1d([1, -2, 0.5]));
    expect([...gradient.dataSync()]).toEqual([6, -12, 3]);
  });
});
