import * as tf from '@tensorflow/tfjs-core';
import { addN } from '@tensorflow/tfjs-core';
import { meanOverReplicas, type StepFunction } from '@vjepa/engine';
import { beforeAll, expect, it } from 'vitest';
import { loadTensorFlow, type TensorFlowRuntime } from '../index.js';
import { describeWithTensorFlow } from '../with-tensorflow.fixture.js';

describeWithTensorFlow('a sum of many tensors', () => {
  let runtime: TensorFlowRuntime;
  beforeAll(async () => {
    runtime = await loadTensorFlow();
    await tf.setBackend(runtime.backendName);
  });

  const x = { shape: [2], data: Float32Array.of(1, 2) };
  const operationsOf = async (fn: StepFunction, options = {}) => {
    const step = runtime.compile(fn, { state: {}, device: '/device:CPU:0', ...options });
    const { outputs, operations } = await step.profile({ x });
    step.dispose();
    return { outputs, operations: operations.map(({ op }) => op) };
  };

  it.each([
    { of: 'scalars', shape: [] },
    { of: 'vectors', shape: [3] },
  ])('of $of is what its operands add up to', ({ shape }) => {
    for (const count of [1, 2, 3, 40]) {
      for (const dtype of ['float32', 'int32'] as const) {
        const terms = Array.from({ length: count }, (_, i) => tf.fill(shape, i + 1, dtype));
        const sum = addN(terms);
        expect(sum.shape).toEqual(shape);
        expect(sum.dtype).toBe(dtype);
        expect([...sum.dataSync()]).toEqual(
          shape.length === 0 ? [(count * (count + 1)) / 2] : Array(3).fill((count * (count + 1)) / 2),
        );
        sum.dispose();
        expect(terms[0]!.isDisposed).toBe(false);
      }
    }
  });

  // 1e8 + 1 is 1e8 in float32: (1 + 1e8) - 1e8 is 0, and (-1e8 + 1e8) + 1 is 1. TensorFlow's AddN takes an operand that
  // nothing else needs, whose memory it may have, first.
  it.each([
    { of: 'scalars', part: (x: tf.Tensor) => tf.sum(x) },
    { of: 'vectors', part: (x: tf.Tensor) => tf.sin(x) },
  ])('of $of has one order, whichever operands something else needs too', async ({ part }) => {
    const sum =
      (keep: number[]): StepFunction =>
      (_, { x }) => {
        const terms = [1, 1e8, -1e8].map((size) => tf.mul(tf.div(part(x!), part(x!)), size));
        const kept = Object.fromEntries(keep.map((i) => [`kept${i}`, terms[i]!]));
        return { state: {}, outputs: { sum: addN(terms), ...kept } };
      };
    for (const keep of [[], [0], [0, 1], [1, 2], [0, 1, 2]]) {
      const { outputs } = await operationsOf(sum(keep));
      expect(
        outputs.sum!.data.every((value) => value === 0),
        `kept: ${keep}`,
      ).toBe(true);
    }
  });

  it('is never left to TensorFlow, whose order follows the threads, on one device or several', async () => {
    const norms: StepFunction = (_, { x }) => {
      const parts = Array.from({ length: 20 }, (_, i) => tf.sum(tf.square(tf.mul(x!, i))));
      const sum = meanOverReplicas(addN(parts));
      return { state: {}, outputs: { sum, half: addN(parts.slice(10)) } };
    };
    expect((await operationsOf(norms)).operations).not.toContain('AddN');
    const devices = Array.from({ length: 3 }, (_, i) => `/device:CPU:${i}`);
    const step = runtime.compile(norms, { state: {}, devices });
    const { operations } = await step.profile({ x: { shape: [3], data: Float32Array.of(1, 2, 3) } });
    step.dispose();
    expect(operations.map(({ op }) => op)).not.toContain('AddN');
  });
});
