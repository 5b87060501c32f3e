import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, StepFunction, TensorRecord } from '@vjepa/engine';
import { beforeAll, expect, it } from 'vitest';
import { loadTensorFlow, type TensorFlowRuntime } from '../index.js';
import { describeWithTensorFlow } from '../with-tensorflow.fixture.js';

let runtime: TensorFlowRuntime;
beforeAll(async () => {
  runtime = await loadTensorFlow();
  await tf.setBackend(runtime.backendName);
});

const [B, N, D] = [2, 12, 6];
const clip: HostTensor = {
  shape: [B, N, D],
  data: Float32Array.from({ length: B * N * D }, (_, i) => Math.sin(i * 1.7)),
};

function mask(length: number, offset: number): HostTensor {
  return { shape: [B, length], data: Int32Array.from({ length: B * length }, (_, i) => (i * 5 + offset) % N) };
}

/** Compares a compiled function with the same function run eagerly, for several lengths of two masks. */
async function expectSameForAllLengths(fn: StepFunction, lengths: [number, number][] = LENGTHS): Promise<void> {
  const step = runtime.compile(fn, { state: {} });
  for (const [context, target] of lengths) {
    const inputs = { x: clip, context: mask(context, 1), target: mask(target, 3) };
    const outputs = await step(inputs);
    const expected = tf.tidy(() => {
      const tensors: TensorRecord = Object.fromEntries(
        Object.entries(inputs).map(([name, { data, shape }]) => [name, tf.tensor(data as Float32Array, shape)]),
      );
      const { outputs } = fn({}, tensors);
      return Object.entries(outputs).map(([name, t]) => ({ name, shape: t.shape, data: t.dataSync() }));
    });
    for (const { name, shape, data } of expected) {
      expect(outputs[name]!.shape, `${name} for ${context}, ${target}`).toEqual(shape);
      for (const [i, value] of data.entries()) expect(outputs[name]!.data[i]).toBeCloseTo(value, 4);
    }
  }
  expect(step.compilations).toBe(1);
  step.dispose();
}

const LENGTHS: [number, number][] = [
  [3, 5],
  [7, 2],
  [4, 4],
  [1, 12],
];

const rows = (x: tf.Tensor, indices: tf.Tensor) => tf.gather(x, indices as tf.Tensor2D, 1, 1) as tf.Tensor3D;

describeWithTensorFlow('lengths that change', () => {
  it('gather, concatenate, slice and reshape', () =>
    expectSameForAllLengths((_state, { x, context, target }) => {
      const tokens = tf.concat([rows(x!, context!), rows(x!, target!)], 1);
      const [K, T] = [context!.shape[1]!, target!.shape[1]!];
      const flat = tf.reshape(tokens, [B * (K + T), D]);
      const back = tf.reshape(flat, [B, K + T, 2, D / 2]);
      return {
        state: {},
        outputs: {
          flat,
          heads: tf.transpose(back, [0, 2, 1, 3]),
          tail: tf.slice(tokens, [0, K, 0], [B, T, D]),
          halves: tf.reshape(tokens, [B * (K + T) * 2, D / 2]),
          parts: tf.split(tokens, [K, T], 1)[1]!,
          merged: tf.reshape(tf.transpose(tokens, [1, 0, 2]), [K + T, B * D]),
          twoDynamic: tf.reshape(tf.zeros([K, T]), [T, K]),
        },
      };
    }));

  it('means, variances and other numbers computed from sizes in JavaScript', () =>
    expectSameForAllLengths((_state, { x, context, target }) => {
      const y = rows(x!, target!);
      const [K, T] = [context!.shape[1]!, target!.shape[1]!];
      const mean = tf.mean(y, 1, true);
      const variance = tf.div(tf.sum(tf.square(tf.sub(y, mean)), 1), T - 1);
      return {
        state: {},
        outputs: {
          mean: tf.mean(y),
          sum: tf.mul(tf.sum(y), 1 / (B * T * D)),
          variance: tf.where(tf.isFinite(variance), variance, tf.zerosLike(variance)),
          besides: tf.scalar(K / T),
          product: tf.scalar(K * T * D),
          rest: tf.scalar(N - K, 'int32'),
          root: tf.scalar(1 / Math.sqrt(K + T)),
        },
      };
    }));

  it('ones, zeros, ranges, tiles and pads of dynamic size', () =>
    expectSameForAllLengths((_state, { x, context, target }) => {
      const [K, T] = [context!.shape[1]!, target!.shape[1]!];
      return {
        state: {},
        outputs: {
          ones: tf.mul(rows(x!, context!), tf.ones([B, K, D])),
          range: tf.range(0, T, 1, 'int32'),
          tiled: tf.tile(tf.reshape(tf.slice(x!, [0, 0, 0], [1, 1, D]), [1, 1, D]), [B, T, 1]),
          padded: tf.pad(rows(x!, context!), [
            [0, 0],
            [0, T],
            [0, 0],
          ]),
          filled: tf.fill([K, 2], 0.5),
          onehot: tf.oneHot(context as tf.Tensor2D, N),
        },
      };
    }));

  it('gradients', () =>
    expectSameForAllLengths((_state, { x, context, target }) => {
      const loss = (z: tf.Tensor) => {
        const both = tf.concat([tf.matMul(z, tf.transpose(z, [0, 2, 1])), tf.ones([B, z.shape[1]!, 1])], 2);
        const attended = tf.matMul(tf.softmax(both), tf.concat([z, tf.ones([B, 1, D])], 1));
        return tf.mean(tf.abs(tf.sub(attended, tf.mean(rows(x!, target!))))) as tf.Scalar;
      };
      const { value, grad } = tf.valueAndGrad(loss)(rows(x!, context!));
      return { state: {}, outputs: { value, grad } };
    }));
});

describeWithTensorFlow('what must not depend on lengths', () => {
  const failure = async (fn: StepFunction) => {
    const step = runtime.compile(fn, { state: {} });
    try {
      await step({ x: clip, context: mask(3, 1), target: mask(4, 1) });
    } catch (error) {
      return error as Error;
    } finally {
      step.dispose();
    }
    throw new Error('compiled without an error');
  };

  it('a constant that is no known function of a length', async () => {
    const error = await failure((_state, { context }) => ({
      state: {},
      outputs: { y: tf.mul(tf.cast(context!, 'float32'), Math.sin(context!.shape[1]!)) },
    }));
    expect(error.message).toContain('in a way that is not understood');
    expect(error.message).toMatch(/called at: .*dynamic-lengths\.test\.ts:\d+/);
  });

  it('which operations are done', async () => {
    const error = await failure((_state, { context }) => {
      let y = tf.cast(context!, 'float32');
      for (let i = 0; i < context!.shape[1]! % 7; i++) y = tf.mul(y, 2);
      return { state: {}, outputs: { y } };
    });
    expect(error.message).toMatch(/more operations|does \w+ for some lengths/);
    expect(error.message).toMatch(/called at: .*dynamic-lengths\.test\.ts:\d+/);
  });

  it('a table computed in JavaScript', async () => {
    const error = await failure((_state, { context }) => ({
      state: {},
      outputs: { y: tf.add(tf.linspace(0, 1, context!.shape[1]!), tf.tensor1d([...Array(context!.shape[1]!).keys()])) },
    }));
    expect(error.message).toContain('use operations');
  });
});

describeWithTensorFlow('the dynamic option', () => {
  it('names the axes that change; the same name is the same length', async () => {
    const fn: StepFunction = (_state, { a, b }) => ({ state: {}, outputs: { y: tf.sum(tf.mul(a!, b!), 0) } });
    const step = runtime.compile(fn, { state: {}, dynamic: { a: ['rows', null], b: ['rows', null] } });
    const matrix = (rows: number) => ({ shape: [rows, 2], data: new Float32Array(rows * 2).fill(2) });
    expect([...(await step({ a: matrix(3), b: matrix(3) })).y!.data]).toEqual([12, 12]);
    expect([...(await step({ a: matrix(5), b: matrix(5) })).y!.data]).toEqual([20, 20]);
    expect(step.compilations).toBe(1);
    await expect(step({ a: matrix(3), b: matrix(4) })).rejects.toThrow("length 'rows' is 4");
    step.dispose();
  });
});
