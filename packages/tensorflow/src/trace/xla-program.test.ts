import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import type { StepFunction } from '@vjepa/engine';
import { beforeAll, expect, it } from 'vitest';
import { loadTensorFlow, type TensorFlowRuntime } from '../index.js';
import { describeWithTensorFlow } from '../with-tensorflow.fixture.js';

let runtime: TensorFlowRuntime;
beforeAll(async () => {
  runtime = await loadTensorFlow();
  await tf.setBackend(runtime.backendName);
});

describeWithTensorFlow('a step compiled by XLA', () => {
  const random = (shape: number[], seed: number) => ({
    shape,
    data: Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * 12.9 + seed * 78.2)),
  });
  const step: StepFunction = (state, { x, rows, rate }) => {
    const loss = (w: tf.Tensor) =>
      tf.mean(tf.square(tf.matMul(tf.mean(tf.gather(x!, rows as tf.Tensor2D, 0), 1) as tf.Tensor2D, w as tf.Tensor2D)));
    const { value, grad } = tf.valueAndGrad(loss as (w: tf.Tensor) => tf.Scalar)(state.w!);
    const count = tf.add(state.count!, 1);
    return { state: { w: tf.sub(state.w!, tf.mul(grad, rate!)), count }, outputs: { loss: value, count } };
  };
  const state = { w: random([6, 2], 1), count: { shape: [], data: Float32Array.of(0) } };
  const inputs = (length: number) => ({
    x: random([5, 6], 3),
    rows: { shape: [4, length], data: Int32Array.from({ length: 4 * length }, (_, i) => (i * 3) % 5) },
    rate: 0.5,
  });

  it('does what the ordinary one does, one compilation for each set of lengths', async () => {
    const [ordinary, xla] = [{ xla: false }, { xla: true }].map((options) =>
      runtime.compile(step, { state, ...options }),
    );
    for (const length of [3, 2, 3, 7, 2]) {
      const [expected, actual] = [await ordinary!(inputs(length)), await xla!(inputs(length))];
      expect(actual.loss!.data[0]).toBeCloseTo(Number(expected.loss!.data[0]), 6);
      expect(actual.count!.data[0]).toBe(expected.count!.data[0]);
    }
    const [expected, actual] = [await ordinary!.readState(), await xla!.readState()];
    expect(actual.w!).toBeAllClose(expected.w!, { atol: 5e-7 });
    expect(actual.count!.data[0]).toBe(5);
    expect([ordinary!.compilations, xla!.compilations]).toEqual([1, 3]);
    ordinary!.dispose();
    xla!.dispose();
  });

  it('multiplies in bfloat16 when told to', async () => {
    const product: StepFunction = (_state, { a, b }) => ({
      state: {},
      outputs: { y: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D) },
    });
    const given = { a: random([7, 40], 1), b: random([40, 5], 2) };
    const [exact, rounded] = await Promise.all(
      (['float32', 'bfloat16'] as const).map(async (precision) => {
        const xla = runtime.compile(product, { state: {}, xla: true, precision });
        const { y } = await xla(given);
        xla.dispose();
        return y!;
      }),
    );
    expect(rounded!).toBeAllClose(exact!, { ofLargest: 0.02 });
    expect(rounded!).not.toBeAllClose(exact!, { ofLargest: 1e-5 });
  });

  it('warns of many compilations where lengths are not looked at', async () => {
    const total: StepFunction = (_state, { rows }) => ({ state: {}, outputs: { sum: tf.sum(rows!) } });
    const xla = runtime.compile(total, { state: {}, xla: true });
    const warnings: string[] = [];
    const listen = ({ message }: Error) => warnings.push(message);
    process.on('warning', listen);
    for (let length = 1; length <= 13; length++) {
      const { sum } = await xla({ rows: { shape: [1, length], data: new Int32Array(length).fill(2) } });
      expect(Number(sum!.data[0])).toBe(2 * length);
    }
    process.off('warning', listen);
    expect(xla.compilations).toBe(13);
    expect(warnings.filter((message) => message.includes('for 12 sets of sizes'))).toHaveLength(1);
    xla.dispose();
  });

  it('is compiled whole or not at all', async () => {
    const crop: StepFunction = (_state, { image, boxes, owners }) => ({
      state: {},
      outputs: {
        crops: tf.image.cropAndResize(image as tf.Tensor4D, boxes as tf.Tensor2D, owners as tf.Tensor1D, [2, 2]),
      },
    });
    const xla = runtime.compile(crop, { state: {}, xla: true });
    const image = random([1, 4, 4, 1], 1);
    const boxes = { shape: [1, 4], data: Float32Array.of(0, 0, 1, 1) };
    await expect(xla({ image, boxes, owners: { shape: [1], data: Int32Array.of(0) } })).rejects.toThrow(
      /CropAndResize/,
    );
    xla.dispose();
  });

  /** Means of the rows that are there, and their gradient. */
  const maskedMean: StepFunction = (state, { x, rows, 'rows.length': length }) => {
    const [B, K] = rows!.shape as [number, number];
    const real = length ?? tf.scalar(K, 'int32');
    const there = tf.cast(tf.less(tf.range(0, K, 1, 'int32'), real), 'float32');
    const loss = (w: tf.Tensor) => {
      const picked = tf.mul(tf.gather(tf.mul(x!, w), rows as tf.Tensor2D, 0), tf.reshape(there, [1, K, 1]));
      return tf.div(tf.sum(tf.square(picked)), tf.mul(tf.sum(there), B));
    };
    const { value, grad } = tf.valueAndGrad(loss as (w: tf.Tensor) => tf.Scalar)(state.w!);
    return { state: { w: tf.sub(state.w!, tf.mul(grad, 0.1)) }, outputs: { loss: value } };
  };

  it('pads to few sizes where the function knows of lengths', async () => {
    const state = { w: random([6], 1) };
    const [ordinary, xla] = [false, true].map((xla) => runtime.compile(maskedMean, { state, xla }));
    for (const length of [10, 16, 9, 12, 30, 2]) {
      const { x, rows } = inputs(length);
      const [expected, actual] = [await ordinary!({ x, rows }), await xla!({ x, rows })];
      expect(actual.loss!.data[0]).toBeCloseTo(Number(expected.loss!.data[0]), 5);
    }
    const [expected, actual] = [await ordinary!.readState(), await xla!.readState()];
    expect(actual.w!).toBeAllClose(expected.w!, { atol: 5e-6 });
    expect(xla!.compilations).toBe(2); // 16 and 40 rows
    ordinary!.dispose();
    xla!.dispose();
  });
});
