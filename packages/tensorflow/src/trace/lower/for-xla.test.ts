import * as tf from '@tensorflow/tfjs-core';
import type { StepFunction, TensorRecord } from '@vjepa/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { type LowerOptions, loadTensorFlow, type TensorFlowRuntime } from '../../index.js';
import { describeWithTensorFlow } from '../../with-tensorflow.fixture.js';
import { fusedKernel, values } from './fused-kernels.fixture.js';

describeWithTensorFlow('what XLA is given', () => {
  let runtime: TensorFlowRuntime;
  beforeAll(async () => {
    runtime = await loadTensorFlow();
  });

  /** How often each operation is in the graph of a function of `x`. */
  function operations(
    fn: (x: tf.Tensor) => tf.Tensor,
    shape: number[],
    xla: boolean,
    options: Partial<LowerOptions> = {},
  ): Map<string, number> {
    const x = { shape, data: new Float32Array(tf.util.sizeFromShape(shape)) };
    const step: StepFunction = (_state, { x }) => ({ state: {}, outputs: { y: fn(x!) } });
    const counts = new Map<string, number>();
    for (const { op } of runtime.lower(step, { state: {}, inputs: { x }, xla, ...options })) {
      counts.set(op, (counts.get(op) ?? 0) + 1);
    }
    return counts;
  }

  const attend = (qkv: tf.Tensor) => fusedKernel('VjepaAttention', { qkv }, { numHeads: 16 })[0]!;

  it('attention is two products, however many heads and tokens there are', () => {
    const shape = [24, 1568, 3 * 1024];
    expect(operations(attend, shape, true).get('BatchMatMulV2')).toBe(2);
    // Slices that stay in a processor's cache: 384 heads of 9.8 MB, each in three parts.
    expect(operations(attend, shape, false).get('BatchMatMulV2')).toBe(2 * 384 * 3);
  });

  it("attention's gradient computes the weights again, which no layer keeps", () => {
    const gradient = (qkv: tf.Tensor) => {
      const [y] = fusedKernel('VjepaAttention', { qkv }, { numHeads: 4 });
      return fusedKernel('VjepaAttentionGrad', { qkv, y: y!, dy: y! }, { numHeads: 4 })[0]!;
    };
    const counts = operations(gradient, [2, 10, 3 * 4 * 8], true);
    expect(counts.get('XlaOptimizationBarrier')).toBe(1);
    expect(counts.get('Softmax')).toBe(2);
  });

  describe('fused attention', () => {
    const fused = { fusedAttention: true, precision: 'bfloat16' } as const;
    const attendAndBack = (present?: tf.Tensor) => (qkv: tf.Tensor) => {
      const heads = { numHeads: 4 };
      const given: TensorRecord = present ? { qkv, present } : { qkv };
      const [y] = fusedKernel('VjepaAttention', given, heads);
      return fusedKernel('VjepaAttentionGrad', { ...given, y: y!, dy: y! }, heads)[0]!;
    };
    const calls = (fn: (x: tf.Tensor) => tf.Tensor, shape: number[], options: Partial<LowerOptions>) => {
      const counts = operations(fn, shape, true, options);
      return [counts.get('XlaCustomCallV2') ?? 0, counts.get('BatchMatMulV2') ?? 0];
    };

    it('is a call in place of the products, padded or not', () => {
      // The forward call twice, which XLA makes into one, and the backward call.
      expect(calls(attendAndBack(), [2, 10, 3 * 4 * 64], fused)).toEqual([3, 0]);
      expect(calls(attendAndBack(tf.ones([10])), [2, 10, 3 * 4 * 64], fused)).toEqual([3, 0]);
    });

    it.each([
      ['it is not asked for', 10, 64, { precision: 'bfloat16' }, false],
      ['numbers are float32', 10, 64, { fusedAttention: true }, false],
      ['the width of a head is not a multiple of 8', 10, 12, fused, false],
      ['heads are wider than 128', 10, 136, fused, false],
      ['an odd number of tokens is padded', 11, 64, fused, true],
    ] as const)('is products where %s', (_name, tokens, width, options, padded) => {
      const fn = attendAndBack(padded ? tf.ones([tokens]) : undefined);
      const [custom, products] = calls(fn, [2, tokens, 3 * 4 * width], options);
      expect(custom).toBe(0);
      expect(products).toBeGreaterThan(0);
    });

    it('is a call where queries and keys are rotated, too', () => {
      const tables = { cosine: tf.ones([1, 10, 64]), sine: tf.zeros([1, 10, 64]) };
      const fn = (qkv: tf.Tensor) => {
        const [y] = fusedKernel('VjepaRotaryAttention', { qkv, ...tables }, { numHeads: 4, paired: 0 });
        const given = { qkv, ...tables, y: y!, dy: y! };
        return fusedKernel('VjepaRotaryAttentionGrad', given, { numHeads: 4, paired: 0 })[0]!;
      };
      expect(calls(fn, [2, 10, 3 * 4 * 64], fused)).toEqual([3, 0]);
    });

    it('is an error where there is no GPU', () => {
      const step: StepFunction = (_state, { x }) => ({ state: {}, outputs: { y: x! } });
      const compiled = (xla: boolean) => () => runtime.compile(step, { state: {}, xla, fusedAttention: true, device });
      const device = '/device:CPU:0';
      expect(compiled(true)).toThrow(
        "fused attention is cuDNN's, under XLA on a GPU, and this compiles on /device:CPU:0",
      );
      expect(compiled(false)).toThrow('and this compiles without XLA');
    });
  });

  it('sums over rows and features are reductions, not products', () => {
    const gradient = (x: tf.Tensor) => {
      const [dx, dweight, dbias] = fusedKernel(
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
      const [later] = fusedKernel('VjepaRecomputeBarrier', { x, after: y });
      return tf.add(tf.exp(later!), y);
    };
    expect(operations(again, [100, 100], true).get('XlaOptimizationBarrier')).toBe(1);
    expect(operations(again, [100, 100], true).get('Exp')).toBe(2);
    expect(operations(again, [100, 100], false).has('XlaOptimizationBarrier')).toBe(false);
  });

  describe('passes whose gradients are added up', () => {
    const rows = (x: tf.Tensor, turn: number) =>
      fusedKernel('VjepaBeginTurn', { x: tf.mul(x, turn + 2) }, { turn })[0]!;
    const end = (x: tf.Tensor, turn: number) => fusedKernel('VjepaEndTurn', { x }, { turn })[0]!;

    it('each begin when the gradient before is there', () => {
      const passes = (x: tf.Tensor) => {
        const tokens = [0, 1, 2].map((turn) => tf.exp(rows(x, turn)));
        // As a tape has them: the last pass's gradient first.
        const gradients = [2, 1, 0].map((turn) => end(tf.square(tokens[turn]!), turn));
        return gradients.reduce((sum, gradient) => tf.add(sum, gradient));
      };
      expect(operations(passes, [8, 8], true).get('XlaOptimizationBarrier')).toBe(2);
      expect(operations(passes, [8, 8], false).has('XlaOptimizationBarrier')).toBe(false);
    });

    it('are done together where a gradient needs both', () => {
      const tied = (x: tf.Tensor) => {
        const both = tf.add(rows(x, 0), rows(x, 1));
        return tf.add(end(both, 1), end(tf.square(both), 0));
      };
      expect(operations(tied, [8, 8], true).has('XlaOptimizationBarrier')).toBe(false);
    });

    it('are done as ever where there is no gradient', () => {
      const frozen = (x: tf.Tensor) => tf.add(rows(x, 0), rows(x, 1));
      expect(operations(frozen, [8, 8], true)).toEqual(operations(frozen, [8, 8], false));
    });
  });

  it("keeps of a GELU's input the product in bfloat16, and adds the bias again", () => {
    const gradient = (x: tf.Tensor) => {
      const hidden = tf.add(tf.matMul(x, tf.ones([8, 16])), tf.ones([16]));
      const [y] = fusedKernel('VjepaGelu', { x: hidden });
      return fusedKernel('VjepaGeluGrad', { x: hidden, dy: y! })[0]!;
    };
    const counts = (precision: 'float32' | 'bfloat16') => {
      const all = operations(gradient, [600, 8], true, { precision });
      return [all.get('XlaOptimizationBarrier'), all.get('AddV2')];
    };
    expect(counts('bfloat16')).toEqual([1, 2]);
    expect(counts('float32')).toEqual([1, 1]);
  });

  it('computes the same behind a barrier', async () => {
    const step = runtime.compile(
      (_state, { x }) => {
        const y = tf.exp(x!);
        const [later] = fusedKernel('VjepaRecomputeBarrier', { x: x!, after: y });
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
