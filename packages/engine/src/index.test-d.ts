// What compiles against this package, and what does not: checked with the types, never run.
import * as tf from '@tensorflow/tfjs-core';
import { expectTypeOf } from 'vitest';
import { type Engine, type HostTensor, openEngine, type StepFunction, scalarOf, type TensorRecord } from './index.js';

expectTypeOf(openEngine).toBeCallableWith();
expectTypeOf(openEngine).toBeCallableWith({ backend: undefined, devices: undefined, precision: undefined });
expectTypeOf(openEngine).returns.resolves.toEqualTypeOf<Engine>();
// @ts-expect-error: operands are float32 or bfloat16
await openEngine({ precision: 'float16' });

// A step's types are its contract.
interface State {
  model: { weight: tf.Tensor };
  average: { weight: tf.Tensor };
}
interface Inputs {
  clips: tf.Tensor;
  masks: tf.Tensor[];
  rate: tf.Tensor;
}
const step: StepFunction<State, Inputs, { loss: tf.Tensor }> = ({ model }, { clips, rate }) => ({
  state: { model: { weight: tf.mul(model.weight, rate) } },
  outputs: { loss: tf.mean(clips) },
});
const host = { shape: [2], data: new Float32Array(2) };
const engine = await openEngine();
const run = engine.bind(step, { model: { weight: host }, average: { weight: host } });
const { loss } = await run({ clips: host, masks: [host], rate: 0.1 });
expectTypeOf(loss).toEqualTypeOf<HostTensor>();
expectTypeOf(scalarOf(loss)).toBeNumber();
expectTypeOf((await run.readState(['model'])).model.weight).toEqualTypeOf<HostTensor>();
// @ts-expect-error: the step reads an average too
engine.bind(step, { model: { weight: host } });
// @ts-expect-error: the step is fed masks
await run({ clips: host, rate: 0.1 });

// Without types a step's state is a flat record.
engine.bind((state, { x }) => ({ state: { w: tf.add(state.w!, x!) }, outputs: {} }), { w: host });
expectTypeOf<Parameters<StepFunction>>().toEqualTypeOf<[state: TensorRecord, inputs: TensorRecord]>();
