import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { loadTensorFlow, type TensorFlowRuntime } from '../../index.js';
import { describeWithTensorFlow } from '../../with-tensorflow.fixture.js';
import { fusedKernel, values } from './fused-kernels.fixture.js';

// Before TensorFlow is loaded: now it is like a build without oneDNN, as those for macOS are.
process.env.TF_ENABLE_ONEDNN_OPTS = '0';

let runtime: TensorFlowRuntime;
beforeAll(async () => {
  runtime = await loadTensorFlow();
  await tf.setBackend(runtime.backendName);
});

const [B, N, D, heads] = [2, 5, 8, 2];
const inputs = {
  x: values([B, N, D], 1),
  scale: values([D], 2),
  shift: values([D], 3),
  w: values([D, 3 * D], 4),
  b: values([3 * D], 5),
};

type Tensors = Record<keyof typeof inputs, tf.Tensor>;

/** Attention to GELU(LN(x) w + b). */
const asKernels = ({ x, scale, shift, w, b }: Tensors) => {
  const normed = fusedKernel('VjepaLayerNorm', { x, weight: scale, bias: shift }, { epsilon: 1e-6 })[0]!;
  const hidden = tf.add(tf.matMul(tf.reshape(normed, [B * N, D]), w), b);
  const qkv = tf.reshape(fusedKernel('VjepaGelu', { x: hidden })[0]!, [B, N, 3 * D]);
  return fusedKernel('VjepaAttention', { qkv }, { numHeads: heads })[0]!;
};

const plainly = ({ x, scale, shift, w, b }: Tensors) => {
  const { mean, variance } = tf.moments(x, -1, true);
  const normed = tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-6))), scale), shift);
  const hidden = tf.add(tf.matMul(tf.reshape(normed, [B * N, D]), w), b);
  const active = tf.mul(hidden, tf.mul(tf.add(tf.erf(tf.mul(hidden, Math.SQRT1_2)), 1), 0.5));
  const byHead = tf.transpose(tf.reshape(active, [B, N, 3, heads, D / heads]), [2, 0, 3, 1, 4]);
  const [q, k, v] = tf.unstack(byHead) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const weights = tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(D / heads)));
  return tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [B, N, D]);
};

describeWithTensorFlow('a step without oneDNN', () => {
  it.each([
    ['float32', 5],
    ['bfloat16', 1],
  ] as const)('in %s', async (precision, digits) => {
    const step = runtime.compile((_state, tensors) => ({ state: {}, outputs: { y: asKernels(tensors as Tensors) } }), {
      state: {},
      precision,
    });
    const { outputs, operations } = await step.profile(inputs);
    step.dispose();
    const expected = tf.tidy(() => {
      const tensors = Object.entries(inputs).map(([name, { data, shape }]) => [name, tf.tensor(data, shape)]);
      return plainly(Object.fromEntries(tensors) as Tensors).dataSync();
    });
    expect(outputs.y!.data.length).toBe(expected.length);
    for (const [i, y] of expected.entries()) expect(outputs.y!.data[i]).toBeCloseTo(y, digits);
    expect(operations.filter(({ op }) => op.includes('MatMul')).length).toBe(3);
    expect(operations.filter(({ op }) => op.startsWith('_Mkl'))).toEqual([]);
  });
});
