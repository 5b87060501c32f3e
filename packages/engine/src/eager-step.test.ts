import * as tf from '@tensorflow/tfjs-core';

import { beforeAll, describe, expect, it } from 'vitest';
import { eagerStep } from './eager-step.js';
import { scalarOf } from './host-tensor.js';
import { startBackend } from './start-backend.js';
import type { StepFunction } from './step-function.js';

/** w ← w - lr · ∂/∂w mean((x·w)²), and the loss. `fixed` is never written. */
const descend: StepFunction = (state, inputs) => {
  const x = inputs.x as tf.Tensor2D;
  const y = tf.dot(x, state.w!) as tf.Tensor1D;
  const gradient = tf.mul(2 / x.shape[0], tf.dot(tf.transpose(x), y));
  return {
    state: { w: tf.sub(state.w!, tf.mul(inputs.learning_rate!, gradient)), fixed: state.fixed! },
    outputs: { loss: tf.mean(tf.square(y)), first: tf.slice(tf.reshape(x, [-1]), 0, 1) },
  };
};

const initial = {
  w: { shape: [2], data: Float32Array.of(1, -1) },
  fixed: { shape: [1], data: Float32Array.of(7) },
};
const inputs = { x: { shape: [2, 2], data: Uint8Array.of(1, 0, 0, 2) }, learning_rate: 0.1 };

describe('eagerStep', () => {
  beforeAll(() => startBackend('wasm'));

  it('advances the state and returns the outputs', async () => {
    const step = eagerStep(descend, initial);
    const { loss } = await step(inputs);
    // mean(1², (-2)²) = 2.5; ∂/∂w = (1·1, 4·-1) = (1, -4)
    expect(scalarOf(loss!)).toBeCloseTo(2.5, 6);
    const { w } = await step.readState(['w']);
    expect(Array.from(w!.data, Number)).toEqual([expect.closeTo(0.9, 6), expect.closeTo(-0.6, 6)]);
    step.dispose();
  });

  it('feeds uint8 as float32 values 0..255', async () => {
    const step = eagerStep(descend, initial);
    const { first } = await step({ ...inputs, x: { shape: [1, 2], data: Uint8Array.of(255, 0) } });
    expect(first).toEqual({ shape: [1], data: Float32Array.of(255) });
    step.dispose();
  });

  it('keeps the number of tensors constant over many steps and frees all of them at the end', async () => {
    const before = tf.memory();
    const step = eagerStep(descend, initial);
    await step(inputs);
    const { numTensors, numBytes } = tf.memory();
    for (let i = 0; i < 20; i++) await step(inputs);
    await step.writeState({ w: initial.w });
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });
    step.dispose();
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  });

  it('leaves the state untouched and leaks nothing when a call fails', async () => {
    const step = eagerStep((state, inputs) => {
      const result = descend(state, inputs);
      return { ...result, state: { ...result.state, other: result.outputs.loss! } };
    }, initial);
    const { numTensors } = tf.memory();
    await expect(step(inputs)).rejects.toThrow(/no tensor 'other'/);
    await expect(step.writeState({ w: { shape: [3], data: new Float32Array(3) } })).rejects.toThrow(/\[2\].*\[3\]/);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect((await step.readState()).w!.data).toEqual(Float32Array.of(1, -1));
    step.dispose();
  });
});
