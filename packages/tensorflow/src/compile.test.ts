import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, StepFunction, TensorRecord } from '@vjepa/engine';
import { TraceError } from '@vjepa/trace';
import { beforeAll, expect, it } from 'vitest';
import { loadTensorFlow, type TensorFlowRuntime } from './index.js';
import { describeWithTensorFlow } from './with-tensorflow.fixture.js';

let runtime: TensorFlowRuntime;
beforeAll(async () => {
  runtime = await loadTensorFlow();
  await tf.setBackend(runtime.backendName);
});

/** A two-layer perceptron, mean squared error, gradient descent: forward, backward and update in one function. */
const perceptronStep: StepFunction = (state, inputs) => {
  const names = ['w1', 'b1', 'w2'];
  const loss = (...weights: tf.Tensor[]) => {
    const hidden = tf.relu(tf.add(tf.matMul(inputs.x!, weights[0]!), weights[1]!));
    return tf.mean(tf.squaredDifference(tf.matMul(hidden, weights[2]!), inputs.y!)) as tf.Scalar;
  };
  const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => state[name]!));
  const entries = names.map((name, i) => [name, tf.sub(state[name]!, tf.mul(grads[i]!, inputs.rate!))] as const);
  return { state: Object.fromEntries(entries), outputs: { loss: value } };
};

function random(shape: number[], seed: number): HostTensor {
  const data = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * 12.9 + seed * 78.2));
  return { shape, data };
}

function eagerly(fn: StepFunction, state: Record<string, HostTensor>, inputs: Record<string, HostTensor | number>) {
  const tensors = (record: Record<string, HostTensor | number>): TensorRecord =>
    Object.fromEntries(
      Object.entries(record).map(([name, v]) => [
        name,
        typeof v === 'number' ? tf.scalar(v) : tf.tensor(v.data as Float32Array, v.shape),
      ]),
    );
  const host = (record: TensorRecord) =>
    Object.fromEntries(Object.entries(record).map(([name, t]) => [name, { shape: t.shape, data: t.dataSync() }]));
  const result = fn(tensors(state), tensors(inputs));
  return { state: host(result.state), outputs: host(result.outputs) };
}

describeWithTensorFlow('compile', () => {
  const state = { w1: random([3, 8], 1), b1: random([8], 2), w2: random([8, 2], 3) };

  it.each([
    ['missing', undefined, /^input 'x': expected a tensor .*, found undefined$/],
    ['null', null, /^input 'x': .*, found null$/],
    ['a string', 'x', /^input 'x': .*, found a string$/],
    ['an array', [1, 2], /^input 'x': .*, found an Array$/],
    ['without data', { shape: [2] }, /^input 'x': .*, found one whose data is undefined$/],
    ['data alone', Float32Array.of(1, 2), /^input 'x': .*, found a Float32Array$/],
    [
      'of half an axis',
      { shape: [0.5, 4], data: new Float32Array(2) },
      /^input 'x': .*, found one of shape \[0.5,4\]$/,
    ],
    [
      'too short',
      { shape: [3], data: new Float32Array(2) },
      /^input 'x': .* shape \[3\], 3 elements, with 2 in its data$/,
    ],
    // Both would otherwise be read as unsigned bytes: -3 as 253, and a double as eight numbers.
    [
      'of signed bytes',
      { shape: [1], data: Int8Array.of(-3) },
      /^input 'x': .*, found one whose data is an Int8Array$/,
    ],
    ['of doubles', { shape: [8], data: Float64Array.of(1) }, /^input 'x': .*, found one whose data is a Float64Array$/],
  ])('refuses an input that is %s, by its name', async (_, x, message) => {
    const step = runtime.compile((_, { x }) => ({ state: {}, outputs: { x: tf.cast(x!, 'float32') } }), { state: {} });
    await expect(step({ x: x as unknown as HostTensor })).rejects.toThrow(message);
    step.dispose();
  });

  it('refuses a state that is no tensor, by its name', async () => {
    const doubles = { shape: [1], data: Float64Array.of(1) } as unknown as HostTensor;
    expect(() => runtime.compile(perceptronStep, { state: { ...state, b1: doubles } })).toThrow(
      /^state 'b1': .*, found one whose data is a Float64Array$/,
    );
    const step = runtime.compile(perceptronStep, { state });
    await expect(step.writeState({ w1: undefined as unknown as HostTensor })).rejects.toThrow(
      /^state 'w1': .*, found undefined$/,
    );
    step.dispose();
  });

  it('refuses dynamic axes of an input that is not there', async () => {
    const step = runtime.compile(perceptronStep, { state, dynamic: { xs: [null, 'n'] } });
    const inputs = { x: random([5, 3], 4), y: random([5, 2], 5), rate: 0.1 };
    await expect(step(inputs)).rejects.toThrow(
      "dynamic names axes of input 'xs', which is not there: those given are 'x', 'y', 'rate'",
    );
    step.dispose();
  });

  it('trains a perceptron as the eager backend does', async () => {
    const step = runtime.compile(perceptronStep, { state });
    let expected = {
      state: state as Record<string, HostTensor>,
      outputs: {} as Record<string, { data: ArrayLike<number> }>,
    };
    for (let i = 0; i < 3; i++) {
      const inputs = { x: random([5, 3], 4 + i), y: random([5, 2], 5 + i), rate: 0.1 };
      expected = eagerly(perceptronStep, expected.state, inputs) as typeof expected;
      const { loss } = await step(inputs);
      expect(loss!.data[0]).toBeCloseTo(expected.outputs.loss!.data[0]!, 6);
    }
    const final = await step.readState();
    for (const name of Object.keys(state)) {
      expect(final[name]!, name).toBeAllClose(expected.state[name]!, { atol: 5e-7 });
    }
    expect(step.compilations).toBe(1);
    step.dispose();
  });

  it('reads all of the old state before it writes the new', async () => {
    const swap: StepFunction = ({ a, b }) => ({ state: { a: b!, b: a! }, outputs: { difference: tf.sub(a!, b!) } });
    const step = runtime.compile(swap, { state: { a: random([4], 1), b: random([4], 2) } });
    const before = await step.readState();
    await step({});
    const after = await step.readState();
    expect(after.a!.data).toEqual(before.b!.data);
    expect(after.b!.data).toEqual(before.a!.data);
    step.dispose();
  });

  it('keeps state that the function does not return, and takes new values from outside', async () => {
    const accumulate: StepFunction = ({ sum, bias }, { x }) => ({
      state: { sum: tf.add(sum!, tf.add(x!, bias!)) },
      outputs: {},
    });
    const scalar = (value: number): HostTensor => ({ shape: [], data: Float32Array.of(value) });
    const step = runtime.compile(accumulate, { state: { sum: scalar(0), bias: scalar(1) } });
    await Promise.all([step({ x: 1 }), step({ x: 2 }), step({ x: 3 })]);
    expect((await step.readState()).sum!.data[0]).toBe(9);
    await step.writeState({ bias: scalar(10) });
    await step({ x: 0 });
    expect((await step.readState(['sum'])).sum!.data[0]).toBe(19);
    await expect(step.writeState({ sum: random([2], 1) })).rejects.toThrow("state 'sum' has shape []");
    await expect(step.writeState({ total: scalar(1) })).rejects.toThrow("no state 'total'");
    step.dispose();
  });

  it('hands bytes to the function as floats, and holds what the function captured', async () => {
    const table = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    const fn: StepFunction = (_state, { pixels, rows }) => ({
      state: {},
      outputs: { y: tf.div(pixels!, 255), rows: tf.gather(table, rows as tf.Tensor1D), ones: tf.ones([40, 2]) },
    });
    const step = runtime.compile(fn, { state: {} });
    const { y, rows, ones } = await step({
      pixels: { shape: [3], data: Uint8Array.of(0, 51, 255) },
      rows: { shape: [2], data: Int32Array.of(2, 0) },
    });
    expect(y!.data[0]).toBe(0);
    expect(y!.data[1]).toBeCloseTo(0.2, 6);
    expect(y!.data[2]).toBeCloseTo(1, 6);
    expect([...rows!.data]).toEqual([5, 6, 1, 2]);
    expect(ones).toEqual({ shape: [40, 2], data: new Float32Array(80).fill(1) });
    expect([...table.dataSync()]).toEqual([1, 2, 3, 4, 5, 6]);
    step.dispose();
  });

  it('splits a tensor into however many equal parts', async () => {
    const split: StepFunction = (_state, { x }) => {
      const parts = tf.split(x!, 20);
      return { state: {}, outputs: { last: parts.at(-1)!, first: parts[0]! } };
    };
    const step = runtime.compile(split, { state: {} });
    const { last, first } = await step({ x: { shape: [40], data: Float32Array.from({ length: 40 }, (_, i) => i) } });
    expect([...first!.data, ...last!.data]).toEqual([0, 1, 38, 39]);
    step.dispose();
  });

  it('compiles once per set of shapes, over one state', async () => {
    const fn: StepFunction = ({ total }, { x }) => ({ state: { total: tf.add(total!, tf.sum(x!)) }, outputs: {} });
    const step = runtime.compile(fn, { state: { total: { shape: [], data: Float32Array.of(0) } } });
    for (const size of [2, 3, 2, 3]) await step({ x: { shape: [size], data: new Float32Array(size).fill(1) } });
    expect(step.compilations).toBe(2);
    expect((await step.readState()).total!.data[0]).toBe(10);
    step.dispose();
  });
});

describeWithTensorFlow('what a graph cannot hold', () => {
  const failure = async (fn: StepFunction, inputs = { x: random([2, 2], 1) }): Promise<TraceError> => {
    const step = runtime.compile(fn, { state: {} });
    const error = await step(inputs).then(
      () => new Error('no error'),
      (e) => e,
    );
    step.dispose();
    expect(error).toBeInstanceOf(TraceError);
    return error;
  };

  it('is an error that names the operation and the line: reading values', async () => {
    const error = await failure((_state, { x }) => {
      const doubled = tf.mul(x!, 2);
      return { state: {}, outputs: { y: tf.scalar(doubled.dataSync()[0]!) } };
    });
    expect(error.operation).toBe('Mul');
    expect(error.line).toMatch(/compile\.test\.ts:\d+:\d+$/);
    expect(error.message).toContain('shape [2, 2]');
  });

  it('… an operation without a translation', async () => {
    const error = await failure((_state, { x }) => ({
      state: {},
      outputs: { y: tf.engine().runKernel('NoSuchKernel', { x: x! }) as tf.Tensor },
    }));
    expect(error.operation).toBe('NoSuchKernel');
    expect(error.line).toMatch(/compile\.test\.ts/);
  });

  it('… a shape that depends on values', async () => {
    const error = await failure((_state, { x }) => ({
      state: {},
      outputs: { y: tf.engine().runKernel('Unique', { x: tf.reshape(x!, [4]) }, { axis: 0 }) as tf.Tensor },
    }));
    expect(error.line).toMatch(/compile\.test\.ts/);
  });

  it('… an input that is missing, by its name, and not those that the function only looked for', async () => {
    const error = await failure((_state, { x, y, z }) => ({
      state: {},
      outputs: { sum: z === undefined ? tf.add(tf.sum(x!), y!) : z },
    }));
    expect(error.message).toMatch(
      /'add' must be a Tensor.*; the function asked for input 'y', input 'z', which it was not given \(inputs given: 'x'\)/,
    );
    expect(error.operation).toBe('add');
    expect(error.line).toMatch(/compile\.test\.ts/);
    const state = await failure(({ w }, { x }) => ({ state: {}, outputs: { sum: tf.add(x!, w!) } }));
    expect(state.message).toContain("the function asked for state 'w', which it was not given");
    const other = await failure((_state, { x, y }) => {
      if (y === undefined) throw new Error('the model has no head');
      return { state: {}, outputs: { x: x! } };
    });
    expect(other.message).toMatch(/^the model has no head\n/);
  });

  it.each([
    { returned: undefined, found: 'this one returned undefined' },
    { returned: { outputs: {} }, found: "'state' is undefined" },
    { returned: { state: {}, outputs: null }, found: "'outputs' is null" },
    { returned: { state: {}, outputs: { loss: 3 } }, found: 'outputs.loss is the number 3' },
    { returned: { state: {}, outputs: { loss: [1] } }, found: 'outputs.loss is an array' },
    { returned: { state: { w: undefined }, outputs: {} }, found: 'state.w is undefined' },
  ])('… a result that is not two records of tensors: $found', async ({ returned, found }) => {
    const error = await failure((() => returned) as unknown as StepFunction);
    expect(error.message).toContain(`returns { state, outputs }, two records of tensors, but ${found}`);
  });

  it('… state that changes its shape, async functions, tensors kept from another compilation', async () => {
    const fn: StepFunction = ({ a }) => ({ state: { a: tf.concat([a!, a!]) }, outputs: {} });
    const step = runtime.compile(fn, { state: { a: random([2], 1) } });
    await expect(step({})).rejects.toThrow("state 'a' changed from shape [2] to [4]");
    step.dispose();
    const asynchronous = (async () => ({ state: {}, outputs: {} })) as unknown as StepFunction;
    expect((await failure(asynchronous)).message).toContain('must not be async');
    let kept: tf.Tensor | undefined;
    const leaking: StepFunction = (_state, { x }) => {
      kept ??= tf.keep(tf.mul(x!, 2));
      return { state: {}, outputs: { y: tf.add(kept, 1) } };
    };
    const leak = runtime.compile(leaking, { state: {} });
    await leak({ x: random([2], 1) });
    await expect(leak({ x: random([3], 1) })).rejects.toThrow('used afterwards');
    leak.dispose();
  });

  it.each([false, true])('does what was asked for before it is disposed, and nothing after; XLA: %s', async (xla) => {
    const addMean: StepFunction = ({ total }, { x }) => {
      const next = tf.add(total!, tf.mean(x!));
      return { state: { total: next }, outputs: { next } };
    };
    const total = { shape: [], data: Float32Array.of(1) };
    const step = runtime.compile(addMean, { state: { total }, dynamic: {}, xla, device: '/device:CPU:0' });
    const ones = (size: number) => ({ x: { shape: [size], data: new Float32Array(size).fill(1) } });
    await step(ones(3));
    // Sizes that are new want the graph once more.
    const staged = step.stage?.(ones(4)) ?? ones(4);
    const asked = [step(staged), step(ones(5)), step.readState()];
    step.dispose();
    step.dispose();
    const refused = [step(ones(3)), step.readState(), step.writeState({ total })];
    for (const promise of refused) await expect(promise).rejects.toThrow('the compiled function was disposed');
    const totals = (await Promise.all(asked)).map(({ next, total }) => (next ?? total)!.data[0]);
    expect(totals.slice(0, 2).toSorted()).toEqual([3, 4]);
  });
});
