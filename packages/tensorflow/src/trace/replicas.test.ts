import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import { meanOverReplicas, type StepFunction } from '@vjepa/engine';
import { beforeAll, expect, it } from 'vitest';
import { loadTensorFlow, type TensorFlowRuntime } from '../index.js';
import { describeWithTensorFlow } from '../with-tensorflow.fixture.js';

const numbers = (shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * 12.9)),
});

describeWithTensorFlow('a step on two devices', () => {
  let runtime: TensorFlowRuntime;
  beforeAll(async () => {
    runtime = await loadTensorFlow();
  });
  const devices = ['/device:CPU:0', '/device:CPU:1'];

  const stepWith =
    (reduce: (gradient: tf.Tensor) => tf.Tensor): StepFunction =>
    (state, { x, rows }) => {
      const loss = (w: tf.Tensor) => tf.mean(tf.square(tf.mul(tf.gather(x!, rows!, 1, 1), w)));
      const { value, grad } = tf.valueAndGrad(loss as (w: tf.Tensor) => tf.Scalar)(state.w!);
      return { state: { w: tf.sub(state.w!, reduce(grad)) }, outputs: { loss: value, seen: tf.sum(x!, [1, 2]) } };
    };

  const inputs = (length: number) => ({
    x: numbers([4, 5, 2]),
    rows: { shape: [4, length], data: Int32Array.from({ length: 4 * length }, (_, i) => (i * 3) % 5) },
  });

  it('is the step on one, for every length, when gradients are averaged', async () => {
    const state = { w: numbers([2]) };
    const one = runtime.compile(stepWith(meanOverReplicas), { state, device: '/device:CPU:0' });
    const two = runtime.compile(stepWith(meanOverReplicas), { state, devices });
    for (const length of [2, 3, 5]) {
      const [expected, actual] = [await one(inputs(length)), await two(inputs(length))];
      expect(Number(actual.loss!.data[0])).toBeCloseTo(Number(expected.loss!.data[0]), 6);
      expect(actual.seen).toEqual(expected.seen);
    }
    const [expected, actual] = [await one.readState(), await two.readState()];
    expect(actual.w!).toBeAllClose(expected.w!, { atol: 5e-7 });
    expect(two.compilations).toBe(1);
    one.dispose();
    two.dispose();
  });

  it('runs on both: without the average each goes its own way', async () => {
    const state = { w: numbers([2]) };
    const two = runtime.compile(
      stepWith((gradients) => gradients),
      { state, devices },
    );
    await two(inputs(3));
    const own = (await two.readState()).w!.data;
    await two.writeState({ w: numbers([2]) });
    const averaged = runtime.compile(stepWith(meanOverReplicas), { state, devices });
    await averaged(inputs(3));
    const mean = (await averaged.readState()).w!.data;
    expect(Math.abs(Number(own[1]) - Number(mean[1]))).toBeGreaterThan(1e-4);
    two.dispose();
    averaged.dispose();
  });

  it('updates as one does from a batch that cannot be cut into two', async () => {
    const state = { w: numbers([2]) };
    const inputs = { x: numbers([3, 5, 2]), rows: { shape: [3, 2], data: Int32Array.of(0, 1, 2, 3, 4, 0) } };
    const one = runtime.compile(stepWith(meanOverReplicas), { state, device: '/device:CPU:0' });
    const two = runtime.compile(stepWith(meanOverReplicas), { state, devices });
    for (let t = 0; t < 2; t++) {
      const [expected, actual] = [await one(inputs), await two(inputs)];
      expect(actual.seen!.shape).toEqual([3]);
      expect(actual.seen).toEqual(expected.seen);
      expect(Number(actual.loss!.data[0])).toBeCloseTo(Number(expected.loss!.data[0]), 6);
    }
    // The second device had no part of its own and made the same updates.
    const even = { x: numbers([2, 5, 2]), rows: { shape: [2, 1], data: Int32Array.of(1, 2) } };
    const [expected, actual] = [await one(even), await two(even)];
    expect(Number(actual.loss!.data[0])).toBeCloseTo(Number(expected.loss!.data[0]), 6);
    one.dispose();
    two.dispose();
  });

  it('gives every sample its row, also of a batch that cannot be cut into two', async () => {
    const sums: StepFunction = (state, { x, scale }) => ({
      state,
      outputs: { sum: tf.mul(tf.mul(tf.sum(x!, 1), tf.reshape(scale!, [-1])), state.w!) },
    });
    const rows = Object.assign(sums, { batchAxes: { scale: 1 } as const });
    const state = { w: { shape: [], data: Float32Array.of(3) } };
    const two = runtime.compile(rows, { state, devices });
    for (const B of [1, 2, 5]) {
      const { sum } = await two({ x: numbers([B, 4]), scale: numbers([1, B]) });
      const one = runtime.compile(rows, { state, device: '/device:CPU:0' });
      expect(sum).toEqual((await one({ x: numbers([B, 4]), scale: numbers([1, B]) })).sum);
      one.dispose();
    }
    two.dispose();
  });
});
