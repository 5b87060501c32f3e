import * as tf from '@tensorflow/tfjs-core';
import { DataType } from '@vjepa/trace';
import { beforeAll, expect, it } from 'vitest';
import type { CApi } from '../c-api.js';
import { loadTensorFlow, type TensorFlowRuntime } from '../index.js';
import { describeWithTensorFlow } from '../with-tensorflow.fixture.js';
import { isLendable, lendTensor } from './lent-tensor.js';

const SIZE = 300_000;

/** Growable shared memory begins on a page, other memory 16 bytes behind one. */
const aligned = () => new Uint8Array(new SharedArrayBuffer(SIZE, { maxByteLength: SIZE }), 0, SIZE);

/** Whether a promise has settled by the time everything that was waiting has run. */
async function hasSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  return settled;
}

describeWithTensorFlow('lent memory', () => {
  let runtime: TensorFlowRuntime;
  let api: CApi;
  beforeAll(async () => {
    runtime = await loadTensorFlow();
    api = runtime.api;
  });

  it('is what TensorFlow reads, and given back when its last reference is gone', async () => {
    const data = aligned();
    const { tensor, released } = lendTensor(api, DataType.UINT8, [SIZE], data);
    data[SIZE - 1] = 7;
    expect(new Uint8Array(api.view(api.TF_TensorData(tensor), SIZE))[SIZE - 1]).toBe(7);
    // Someone else's reference: what a run holds while it reads.
    const status = api.TF_NewStatus();
    const handle = api.TFE_NewTensorHandle(tensor, status);
    api.TF_DeleteTensor(tensor);
    expect(await hasSettled(released)).toBe(false);
    api.TFE_DeleteTensorHandle(handle);
    api.TF_DeleteStatus(status);
    expect(await hasSettled(released)).toBe(true);
  });

  it('is copied and given back at once where it is not aligned', async () => {
    const whole = aligned();
    const data = whole.subarray(1);
    const { tensor, released } = lendTensor(api, DataType.UINT8, [SIZE - 1], data);
    expect(await hasSettled(released)).toBe(true);
    data[0] = 7;
    expect(new Uint8Array(api.view(api.TF_TensorData(tensor), 1))[0]).toBe(0);
    api.TF_DeleteTensor(tensor);
  });

  it('is shared memory only', () => {
    expect(isLendable(aligned())).toBe(true);
    expect(isLendable(new Uint8Array(SIZE))).toBe(false);
    expect(isLendable(aligned().subarray(0, 1000))).toBe(false);
    expect(() => lendTensor(api, DataType.UINT8, [SIZE - 1], aligned())).toThrow('has 300000');
  });

  it('may be overwritten as soon as a step is done', async () => {
    // The bytes pass through state and output, which must not be the lent memory itself, and are read late, behind
    // a chain of products.
    const step = runtime.compile(
      ({ kept }, { pixels, x }) => {
        let product = x as tf.Tensor2D;
        for (let i = 0; i < 6; i++) product = tf.mul(tf.matMul(product, x as tf.Tensor2D), 0.001);
        const sum = tf.add(tf.sum(pixels!), tf.mul(tf.sum(product), 0));
        return { state: { kept: tf.add(tf.mul(kept!, 0), pixels!) }, outputs: { sum, pixels: pixels! } };
      },
      { state: { kept: { shape: [SIZE], data: new Float32Array(SIZE) } } },
    );
    const x = { shape: [256, 256], data: new Float32Array(65536).fill(0.5) };
    const slots = [aligned(), aligned()];
    for (let i = 0; i < 20; i++) {
      const data = slots[i % 2]!.fill(i + 1);
      const outputs = await step({ pixels: { shape: [SIZE], data }, x });
      data.fill(255);
      expect(outputs.sum!.data[0]).toBe((i + 1) * SIZE);
      expect(outputs.pixels!.data[SIZE - 1]).toBe(i + 1);
      expect((await step.readState()).kept!.data[SIZE - 1]).toBe(i + 1);
    }
    step.dispose();
  });

  it('holds a step back until TensorFlow has released it', async () => {
    const step = runtime.compile((_state, { pixels }) => ({ state: {}, outputs: { sum: tf.sum(pixels!) } }), {
      state: {},
    });
    const data = aligned().fill(1);
    const inputs = { pixels: { shape: [SIZE], data } };
    await step(inputs);
    // Another reference to the step's tensor, dropped later: as if an operation were still reading.
    const status = api.TF_NewStatus();
    const handles: bigint[] = [];
    const newTensor = api.TF_NewTensor;
    Object.defineProperty(api, 'TF_NewTensor', {
      configurable: true,
      value: (...parameters: Parameters<typeof newTensor>) => {
        const tensor = newTensor(...parameters);
        handles.push(api.TFE_NewTensorHandle(tensor, status));
        return tensor;
      },
    });
    const late = step(inputs).then(({ sum }) => expect(sum!.data[0]).toBe(SIZE));
    while (handles.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    Object.defineProperty(api, 'TF_NewTensor', { configurable: true, value: newTensor });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await hasSettled(late)).toBe(false);
    for (const handle of handles) api.TFE_DeleteTensorHandle(handle);
    await late;
    api.TF_DeleteStatus(status);
    step.dispose();
  });
});
