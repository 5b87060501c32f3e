import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import { meanOverReplicas, type StepFunction } from '@vjepa/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTensorFlow, type TensorFlowRuntime } from '../index.js';
import { describeWithTensorFlow } from '../with-tensorflow.fixture.js';
import { joinOutputs, padBatch, samplesOf, splitInputs } from './replicas.js';

const numbers = (shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * 12.9)),
});

describe('a batch that devices share', () => {
  it('is cut into equal parts, and what comes out is joined', () => {
    const x = numbers([4, 3]);
    const parts = splitInputs({ x, rate: { shape: [], data: Float32Array.of(2) } }, 2);
    expect(parts.map(({ x }) => x!.shape)).toEqual([
      [2, 3],
      [2, 3],
    ]);
    expect(parts[1]!.rate!.data[0]).toBe(2);
    expect(joinOutputs(parts)).toEqual({ x, rate: { shape: [], data: Float32Array.of(2) } });
    const losses = [1, 4].map((loss) => ({ loss: { shape: [], data: Float32Array.of(loss) } }));
    expect(joinOutputs(losses).loss!.data[0]).toBe(2.5);
  });

  it('lies along any axis, or along none', () => {
    const scale = { shape: [2, 4], data: Float32Array.of(0, 1, 2, 3, 10, 11, 12, 13) };
    const map = numbers([5, 5]);
    const axes = { scale: 1, map: 'whole' } as const;
    const inputs = { x: numbers([4, 3]), scale, map };
    expect(samplesOf(inputs, axes)).toBe(4);
    const [first, second] = splitInputs(inputs, 2, axes);
    expect(first!.scale).toEqual({ shape: [2, 2], data: Float32Array.of(0, 1, 10, 11) });
    expect(second!.scale).toEqual({ shape: [2, 2], data: Float32Array.of(2, 3, 12, 13) });
    expect(second!.map).toBe(map);
  });

  it('is filled up by its last sample, whose rows are left out again', () => {
    const x = { shape: [3, 1], data: Int32Array.of(1, 2, 3) };
    const scale = { shape: [2, 3], data: Float32Array.of(0, 1, 2, 10, 11, 12) };
    const filled = padBatch({ x, scale }, 4, { scale: 1 });
    expect(filled.x).toEqual({ shape: [4, 1], data: Int32Array.of(1, 2, 3, 3) });
    expect(filled.scale).toEqual({ shape: [2, 4], data: Float32Array.of(0, 1, 2, 2, 10, 11, 12, 12) });
    expect(joinOutputs(splitInputs({ x: filled.x! }, 2), 3)).toEqual({ x });
  });

  it('has one size, or the inputs that disagree are named', () => {
    expect(() => samplesOf({ x: numbers([4, 3]), map: numbers([5, 5]) })).toThrow(
      "a batch of 4 samples by axis 0 of input 'x' and 5 by axis 0 of 'map'",
    );
    expect(samplesOf({ rate: numbers([]) })).toBeUndefined();
  });
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
