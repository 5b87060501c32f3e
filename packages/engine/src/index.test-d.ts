// What compiles against this package, and what does not: checked with the types, never run.
import * as tf from '@tensorflow/tfjs-core';
import { expectTypeOf } from 'vitest';
import {
  type Engine,
  type EngineOptions,
  type FeedTree,
  type HostTensor,
  type HostTree,
  openEngine,
  type StepFunction,
  type TensorRecord,
  toTensors,
} from './index.js';

declare const engine: Engine;
declare const tensor: HostTensor;

expectTypeOf(openEngine).returns.resolves.toEqualTypeOf<Engine>();
expectTypeOf(openEngine).toBeCallableWith({ backend: 'webgpu', device: undefined, devices: undefined });
expectTypeOf<EngineOptions['devices']>().extract<string>().toEqualTypeOf<'all'>();
// @ts-expect-error: a device is no number
await openEngine({ device: 0 });

// A step's types are its contract.
type State = { encoder: TensorRecord; expAvg: { probe: TensorRecord[] } };
type Inputs = { clips: tf.Tensor; learningRate: tf.Tensor; context?: tf.Tensor[] | undefined };
type Outputs = { loss: tf.Tensor; perProbe?: tf.Tensor[] };
declare const step: StepFunction<State, Inputs, Outputs>;
const initial = { encoder: { 'norm.weight': tensor }, expAvg: { probe: [{ bias: tensor }] } };
const run = engine.bind(step, initial);
// @ts-expect-error: expAvg is missing
engine.bind(step, { encoder: initial.encoder });
// @ts-expect-error: moments are lists of records
engine.bind(step, { ...initial, expAvg: initial.encoder });

expectTypeOf(run).toBeCallableWith({ clips: tensor, learningRate: 1e-3 });
expectTypeOf<FeedTree<Inputs>['learningRate']>().toEqualTypeOf<HostTensor | number>();
// @ts-expect-error: learningRate is missing
void run({ clips: tensor });
// @ts-expect-error: it is called learningRate
void run({ clips: tensor, learningRate: 1, learning_rate: 1 });
// @ts-expect-error: a list of masks
void run({ clips: tensor, learningRate: 1, context: tensor });

expectTypeOf(run).returns.resolves.toEqualTypeOf<{ loss: HostTensor; perProbe?: HostTensor[] | undefined }>();
expectTypeOf(run.readState(['expAvg'])).resolves.toEqualTypeOf<HostTree<Pick<State, 'expAvg'>>>();
expectTypeOf(run.readState()).resolves.toEqualTypeOf<HostTree<State>>();
// @ts-expect-error: there is no such branch
void run.readState(['exp_avg']);
void run.writeState({ expAvg: { probe: [{ bias: tensor }] } });
// @ts-expect-error: there is no such branch
void run.writeState({ exp_avg: initial.expAvg });

// Without types it takes flat records.
const flat = engine.bind((state, { x }) => ({ state: {}, outputs: { sum: tf.add(state.w!, x!) } }), { w: tensor });
expectTypeOf(flat).toBeCallableWith({ x: 2 });
expectTypeOf(flat).returns.resolves.toEqualTypeOf<{ sum: HostTensor }>();

expectTypeOf(toTensors({ clips: tensor, learningRate: [1e-3] })).toEqualTypeOf<{
  clips: tf.Tensor;
  learningRate: tf.Tensor[];
}>();
