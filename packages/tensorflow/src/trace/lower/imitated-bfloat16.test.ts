import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { type Inputs, loadTensorFlow, type TensorFlowRuntime } from '../../index.js';
import { describeWithTensorFlow } from '../../with-tensorflow.fixture.js';
import { fusedKernel, values } from './fused-kernels.fixture.js';

// Before TensorFlow is loaded: whatever this processor can do, its oneDNN has no bfloat16 now.
process.env.ONEDNN_MAX_CPU_ISA = 'AVX2';

let runtime: TensorFlowRuntime;
beforeAll(async () => {
  runtime = await loadTensorFlow();
});

/** To the nearest bfloat16 number, to the even one of two. */
function rounded(data: Float32Array): Float32Array {
  const bits = new Uint32Array(data.slice().buffer);
  return new Float32Array(bits.map((word) => (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000).buffer);
}

/** Rows of a [M, K] times columns of b [K, N], added up as doubles. */
function product(a: Float32Array, b: Float32Array, K: number, N: number): number[] {
  return Array.from({ length: (a.length / K) * N }, (_, i) => {
    const [row, column] = [Math.floor(i / N), i % N];
    let sum = 0;
    for (let k = 0; k < K; k++) sum += a[row * K + k]! * b[k * N + column]!;
    return sum;
  });
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(Array.from(actual)).toBeAllClose(Array.from(expected), { atol: 5e-6 });
}

describeWithTensorFlow('bfloat16 on a processor without it', () => {
  const run = async (fn: (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>, inputs: Inputs) => {
    const step = runtime.compile((_state, tensors) => ({ state: {}, outputs: fn(tensors) }), {
      state: {},
      precision: 'bfloat16',
    });
    const outputs = await step(inputs);
    step.dispose();
    return outputs as Record<string, { data: Float32Array }>;
  };

  it('rounds the operands of products and adds up in float32', async () => {
    const inputs = { x: values([6, 9], 1), w: values([9, 7], 2) };
    const { y } = await run(({ x, w }) => ({ y: tf.matMul(x!, w!) }), inputs);
    expectClose(y!.data, product(rounded(inputs.x.data), rounded(inputs.w.data), 9, 7));
  });

  it('adds up in float32 too what is kept in bfloat16', async () => {
    const { y, sum } = await run(
      ({ x }) => {
        const qkv = tf.reshape(x!, [2, 5, 24]);
        const [attended] = fusedKernel('VjepaAttention', { qkv }, { numHeads: 2 });
        const y = tf.reshape(attended!, [10, 8]);
        return { y, sum: tf.sum(y, 0) };
      },
      { x: values([10, 24], 3) },
    );
    expectClose(y!.data, rounded(y!.data));
    expectClose(sum!.data, product(new Float32Array(10).fill(1), y!.data, 10, 8));
  });
});
