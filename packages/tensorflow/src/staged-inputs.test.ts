import * as tf from '@tensorflow/tfjs-core';
import type { StagedInputs, StepFunction } from '@vjepa/engine';
import { beforeAll, expect, it } from 'vitest';
import { loadTensorFlow, type TensorFlowRuntime } from './index.js';
import { describeWithTensorFlow } from './with-tensorflow.fixture.js';

let runtime: TensorFlowRuntime;

/** Adds the batch's mean times a rate to a total, and tells the total of before. */
const running: StepFunction = ({ total }, { clips, rate }) => ({
  state: { total: tf.add(total!, tf.mul(tf.mean(tf.cast(clips!, 'float32')), rate!)) },
  outputs: { total: total!, doubled: tf.mul(tf.cast(clips!, 'float32'), 2) },
});
const STATE = { total: { shape: [], data: Float32Array.of(1) } };
const CLIP = 70_000;

/** In shared memory that begins on a page, which is lent and not copied. */
function batch(value: number) {
  const data = new Uint8Array(new SharedArrayBuffer(2 * CLIP, { maxByteLength: 2 * CLIP }), 0, 2 * CLIP).fill(value);
  data[0] = 255 - value;
  return { clips: { shape: [2, CLIP], data }, rate: 0.5 + value };
}

describeWithTensorFlow('inputs that are staged', () => {
  beforeAll(async () => {
    runtime = await loadTensorFlow();
  });

  const compiled = () => runtime.compile(running, { state: STATE, xla: true, device: '/device:CPU:0' });

  it('give what inputs give, bit for bit, in the order of the calls', async () => {
    const [plain, ahead] = [compiled(), compiled()];
    let next: StagedInputs = ahead.stage!(batch(1));
    for (let k = 1; k <= 5; k++) {
      const call = ahead(next);
      next = ahead.stage!(batch(k + 1));
      expect(await call).toEqual(await plain(batch(k)));
    }
    // A call may overtake what is staged.
    expect(await ahead(batch(9))).toEqual(await plain(batch(9)));
    expect(await ahead(next)).toEqual(await plain(batch(6)));
    expect(await ahead.readState()).toEqual(await plain.readState());
    expect(ahead.compilations).toBe(1);
    plain.dispose();
    ahead.dispose();
  });

  it('are taken away by one call', async () => {
    const step = compiled();
    const staged = step.stage!(batch(1));
    await step(staged);
    await expect(step(staged)).rejects.toThrow('these staged inputs were used before');
    step.dispose();
  });

  it('may be discarded, and need no call before the function is disposed', async () => {
    const step = compiled();
    await step(batch(1));
    const staged = step.stage!(batch(2));
    staged.discard();
    staged.discard();
    await expect(step(staged)).rejects.toThrow('were used before');
    expect((await step(batch(3))).doubled!.data[1]).toBe(6);
    step.stage!(batch(4));
    step.dispose();
    await expect(step(batch(5))).rejects.toThrow('the compiled function was disposed');
  });

  it('are refused by the call, not before', async () => {
    const step = compiled();
    const wrong = step.stage!({ clips: { shape: [2, 3], data: new Float64Array(6) as unknown as Float32Array } });
    await new Promise((resolve) => setImmediate(resolve));
    await expect(step(wrong)).rejects.toThrow("input 'clips': expected a tensor");
    step.dispose();
  });

  it('are there under XLA only', () => {
    const step = runtime.compile(running, { state: STATE, xla: false, device: '/device:CPU:0' });
    expect(step.stage).toBeUndefined();
    step.dispose();
  });
});
