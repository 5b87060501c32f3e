import * as tf from '@tensorflow/tfjs-core';
import { openEngine, type StepFunction, scalarOf } from '@vjepa/engine';
import { describe, expect, it } from 'vitest';
import { guardedStep } from './guarded-step.js';

type State = { encoder: { w: tf.Tensor }; expAvg: { encoder: { w: tf.Tensor } } };
type Inputs = { x: tf.Tensor };
type GuardedInputs = Inputs & { lossLimit?: tf.Tensor | undefined };
type Outputs = { loss: tf.Tensor; skipped: tf.Tensor };

/** The loss is what it is fed; everything grows by 1. */
const step: StepFunction<State, Inputs, { loss: tf.Tensor }> = ({ encoder, expAvg }, { x }) => ({
  state: { encoder: { w: tf.add(encoder.w, 1) }, expAvg: { encoder: { w: tf.add(expAvg.encoder.w, 1) } } },
  outputs: { loss: tf.mul(x, 1) },
});

describe('guardedStep', () => {
  it('leaves the whole state alone where the loss is above the limit, or no number, and says so', async () => {
    const engine = await openEngine({ backend: 'wasm' });
    const w = () => ({ shape: [2], data: new Float32Array(2) });
    const run = engine.bind<State, GuardedInputs, Outputs>(guardedStep(step), {
      encoder: { w: w() },
      expAvg: { encoder: { w: w() } },
    });
    const skipped: number[] = [];
    for (const x of [1, 2, 3, Number.NaN, 2]) skipped.push(scalarOf((await run({ x, lossLimit: 2 })).skipped));
    expect(skipped).toEqual([0, 0, 1, 1, 0]);
    const { encoder, expAvg } = await run.readState();
    expect([...encoder.w.data]).toEqual([3, 3]);
    expect([...expAvg.encoder.w.data]).toEqual([3, 3]);
    run.dispose();
  });

  it('asks for the limit', async () => {
    const engine = await openEngine({ backend: 'wasm' });
    const zero = { w: { shape: [1], data: new Float32Array(1) } };
    const run = engine.bind<State, GuardedInputs, Outputs>(guardedStep(step), {
      encoder: zero,
      expAvg: { encoder: zero },
    });
    await expect(run({ x: 1 })).rejects.toThrow(/lossLimit/);
    run.dispose();
  });
});
