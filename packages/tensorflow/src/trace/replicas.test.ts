import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { loadTensorFlow, meanOverReplicas, type TensorFlowRuntime } from '../index.js';
import { describeWithTensorFlow } from '../with-tensorflow.fixture.js';
import { joinOutputs, splitInputs } from './replicas.js';
import type { StepFunction } from './trace-function.js';

const numbers = (shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * 12.9)),
});

it('cuts the batch into equal parts and joins what comes out', () => {
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
  expect(() => splitInputs({ x: numbers([3, 2]) }, 2)).toThrow("input 'x' has a batch of 3, which 2 devices");
});

describeWithTensorFlow('a step on two devices', () => {
  let runtime: TensorFlowRuntime;
  beforeAll(async () => {
    runtime = await loadTensorFlow();
  });
  const devices = ['/device:CPU:0', '/device:CPU:1'];

  const stepWith =
    (reduce: (gradients: Record<string, tf.Tensor>) => Record<string, tf.Tensor>): StepFunction =>
    (state, { x, rows }) => {
      const loss = (w: tf.Tensor) => tf.mean(tf.square(tf.mul(tf.gather(x!, rows!, 1, 1), w)));
      const { value, grad } = tf.valueAndGrad(loss as (w: tf.Tensor) => tf.Scalar)(state.w!);
      const { w } = reduce({ w: grad });
      return { state: { w: tf.sub(state.w!, w!) }, outputs: { loss: value, seen: tf.sum(x!, [1, 2]) } };
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
    for (const [i, value] of expected.w!.data.entries())
      expect(Number(actual.w!.data[i])).toBeCloseTo(Number(value), 6);
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
});
