import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { loadTensorFlow, type TensorFlowRuntime } from '../../index.js';
import { describeWithTensorFlow } from '../../with-tensorflow.fixture.js';
import type { StepFunction } from '../trace-function.js';
import { piece, values } from './pieces.fixture.js';

describeWithTensorFlow('what XLA is given', () => {
  let runtime: TensorFlowRuntime;
  beforeAll(async () => {
    runtime = await loadTensorFlow();
  });

  /** How often each operation is in the graph of a function of `x`. */
  function operations(fn: (x: tf.Tensor) => tf.Tensor, shape: number[], xla: boolean): Map<string, number> {
    const x = { shape, data: new Float32Array(tf.util.sizeFromShape(shape)) };
    const step: StepFunction = (_state, { x }) => ({ state: {}, outputs: { y: fn(x!) } });
    const counts = new Map<string, number>();
    for (const { op } of runtime.lower(step, { state: {}, inputs: { x }, xla })) {
      counts.set(op, (counts.get(op) ?? 0) + 1);
    }
    return counts;
  }

  const attend = (qkv: tf.Tensor) => piece('VjepaAttention', { qkv }, { numHeads: 16 })[0]!;

  it('attention is two products, however many heads and tokens there are', () => {
    const shape = [24, 1568, 3 * 1024];
    expect(operations(attend, shape, true).get('BatchMatMulV2')).toBe(2);
    // Slices that stay in a processor's cache: 384 heads of 9.8 MB, each in three parts.
    expect(operations(attend, shape, false).get('BatchMatMulV2')).toBe(2 * 384 * 3);
  });

  it('sums over rows and features are reductions, not products', () => {
    const gradient = (x: tf.Tensor) => {
      const [dx, dweight, dbias] = piece(
        'VjepaLayerNormGrad',
        { x, weight: tf.ones([8]), dy: tf.mul(x, 2) },
        { epsilon: 1e-6 },
      );
      return tf.add(tf.add(dx!, dweight!), dbias!);
    };
    expect(operations(gradient, [5, 8], true).has('MatMul')).toBe(false);
    expect(operations(gradient, [5, 8], false).get('MatMul')).toBe(4);
  });

  it('what is to be computed again is behind a barrier that it heeds', () => {
    const again = (x: tf.Tensor) => {
      const y = tf.exp(x);
      const [later] = piece('VjepaRecomputeBarrier', { x, after: y });
      return tf.add(tf.exp(later!), y);
    };
    expect(operations(again, [100, 100], true).get('XlaOptimizationBarrier')).toBe(1);
    expect(operations(again, [100, 100], true).get('Exp')).toBe(2);
    expect(operations(again, [100, 100], false).has('XlaOptimizationBarrier')).toBe(false);
  });

  it('computes the same behind a barrier', async () => {
    const step = runtime.compile(
      (_state, { x }) => {
        const y = tf.exp(x!);
        const [later] = piece('VjepaRecomputeBarrier', { x: x!, after: y });
        return { state: {}, outputs: { y: tf.add(tf.exp(later!), y) } };
      },
      { state: {}, xla: true },
    );
    const x = values([3, 4], 1);
    const { y } = await step({ x });
    step.dispose();
    for (const [i, value] of x.data.entries()) expect(Number(y!.data[i])).toBeCloseTo(2 * Math.exp(value), 5);
  });
});
