import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  bindStep,
  type Engine,
  eagerStep,
  openEngine,
  type StepFunction,
  scalarOf,
  type TensorRecord,
} from './index.js';

type State = { encoder: TensorRecord; expAvg: { probe: TensorRecord[] } };
type Inputs = { clips: tf.Tensor; learningRate: tf.Tensor; context?: tf.Tensor[]; lengths?: { context: tf.Tensor[] } };
type Outputs = { loss: tf.Tensor; perProbe?: tf.Tensor[] };

/** Adds clips * learningRate to the one weight, and counts in a moment; says so for each probe where it gets masks. */
const step: StepFunction<State, Inputs, Outputs> = ({ encoder, expAvg }, { clips, learningRate, context, lengths }) => {
  const weight = tf.add(encoder['norm.weight']!, tf.mul(clips, learningRate));
  const count = tf.add(expAvg.probe[0]!.count!, lengths === undefined ? 1 : lengths.context[0]!);
  return {
    state: { encoder: { 'norm.weight': weight }, expAvg: { probe: [{ count }] } },
    outputs: { loss: tf.sum(weight), ...(context && { perProbe: context.map((mask) => tf.sum(mask)) }) },
  };
};

const scalar = (value: number) => ({ shape: [], data: Float32Array.of(value) });
const clips = { shape: [2], data: Float32Array.of(1, 2) };
const initial = {
  encoder: { 'norm.weight': { shape: [2], data: Float32Array.of(0, 0) } },
  expAvg: { probe: [{ count: scalar(0) }] },
};

describe('a step over trees', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ backend: 'wasm' });
  });

  it('is fed trees, and returns trees, whatever inputs a call leaves out', async () => {
    const run = engine.bind(step, initial);
    const { loss, perProbe } = await run({ clips, learningRate: 0.5 });
    expect([scalarOf(loss), perProbe]).toEqual([1.5, undefined]);
    const masked = await run({ clips, learningRate: 0.5, context: [scalar(3), scalar(4)] });
    expect(masked.perProbe!.map(scalarOf)).toEqual([3, 4]);
    expect((await run({ clips, learningRate: 0 })).perProbe).toBeUndefined();
    run.dispose();
  });

  it('has its state read and written by branch', async () => {
    const run = engine.bind(step, initial);
    await run({ clips, learningRate: 1 });
    expect(await run.readState(['expAvg'])).toEqual({ expAvg: { probe: [{ count: scalar(1) }] } });
    await run.writeState({ expAvg: { probe: [{ count: scalar(7) }] } });
    const state = await run.readState();
    expect(Array.from(state.encoder['norm.weight']!.data, Number)).toEqual([1, 2]);
    expect(scalarOf(state.expAvg.probe[0]!.count!)).toBe(7);
    run.dispose();
  });

  it('gets the lengths of what a backend has padded', async () => {
    const run = bindStep(step, initial, (flat, state) => {
      const bound = eagerStep(flat, state);
      const padding = (inputs: Parameters<typeof bound>[0]) => bound({ ...inputs, 'context.0.length': 5 });
      return Object.assign(padding, bound);
    });
    await run({ clips, learningRate: 0, context: [scalar(3)] });
    expect(scalarOf((await run.readState()).expAvg.probe[0]!.count!)).toBe(5);
    run.dispose();
  });

  it('names axes by inputs', () => {
    const axes = { batchAxes: { branchScale: 2, mix: 'whole' } } as const;
    const named = Object.assign(((_state, _inputs) => ({ state: {}, outputs: {} })) as StepFunction, axes);
    let found: StepFunction['batchAxes'];
    bindStep(named, {}, (flat, state) => {
      found = flat.batchAxes;
      return eagerStep(flat, state);
    }).dispose();
    expect(found).toEqual({ branch_scale: 2, mix: 'whole' });
  });

  it('without types takes flat records', async () => {
    const run = engine.bind((state, { x }) => ({ state: {}, outputs: { sum: tf.add(state.w!, x!) } }), {
      w: scalar(1),
    });
    expect(scalarOf((await run({ x: 2 })).sum!)).toBe(3);
    run.dispose();
  });
});
