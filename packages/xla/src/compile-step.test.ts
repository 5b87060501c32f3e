import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import { addN } from '@tensorflow/tfjs-core';
import type { HostTensor, StepFunction } from '@vjepa/engine';
import { TraceError } from '@vjepa/trace';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { compileStep } from './compile-step.js';
import type { Client } from './pjrt/client.js';
import type { Plugin } from './pjrt/plugin.js';
import { cpuPlugin, describeWithCpuPlugin } from './with-cpu-plugin.fixture.js';
import { XlaError } from './xla-error.js';

const vector = (...values: number[]): HostTensor => ({ shape: [values.length], data: Float32Array.from(values) });

/** Sums what it is fed. */
const running: StepFunction = ({ sum }, { x }) => {
  const next = tf.add(sum!, x!);
  return { state: { sum: next }, outputs: { largest: tf.max(next) } };
};

describeWithCpuPlugin('a step compiled by XLA', () => {
  let plugin: Plugin;
  let client: Client;
  beforeAll(() => {
    plugin = cpuPlugin();
  });
  beforeEach(async () => {
    client = await plugin.createClient();
  });
  afterEach(() => client.dispose());

  it('keeps its state between calls, in the memory it was in', async () => {
    const step = compileStep(client, running, { state: { sum: vector(0, 10) } });
    const program = step.program({ x: vector(1, 2) });
    expect(program.arguments.map(({ name, donated }) => ({ name, donated }))).toEqual([
      { name: 'sum', donated: true },
      { name: 'x', donated: false },
    ]);
    expect(program.text).toContain('%state.sum: tensor<2xf32> {tf.aliasing_output = 0 : i32} loc("sum")');
    const calls = [1, 2, 3].map((n) => step({ x: vector(n, 2 * n) }));
    const largest = (await Promise.all(calls)).map((outputs) => outputs.largest!.data[0]);
    expect(largest).toEqual([12, 16, 22]);
    expect((await step.readState()).sum!.data).toEqual(Float32Array.of(6, 22));
    expect(step.compilations).toBe(1);
    step.dispose();
  });

  it('is written in readable operations that say which line called for them', () => {
    const step = compileStep(client, running, { state: { sum: vector(0, 10) } });
    const lines = step.program({ x: vector(1, 2) }).text.split('\n');
    const sum = lines.find((line) => line.includes('stablehlo.add'))!;
    expect(sum.trim()).toMatch(/^%0 = stablehlo\.add %state\.sum, %input\.x : tensor<2xf32> loc\(#loc0\)$/);
    expect(lines.find((line) => line.startsWith('#loc0 '))).toMatch(
      /loc\("AddV2"\(".*compile-step\.test\.ts":\d+:\d+\)\)$/,
    );
    step.dispose();
  });

  it('takes another state in the order of the calls', async () => {
    const step = compileStep(client, running, {
      state: { sum: { shape: [2], data: async () => Float32Array.of(1, 1) } },
    });
    const first = step({ x: vector(1, 2) });
    const written = step.writeState({ sum: vector(100, 0) });
    const second = step({ x: vector(1, 2) });
    expect((await first).largest!.data[0]).toBe(3);
    await written;
    expect((await second).largest!.data[0]).toBe(101);
    await expect(step.writeState({ sum: vector(1) })).rejects.toThrow("state 'sum' has shape [2] and was given [1]");
    step.dispose();
  });

  it('trains: gradients and update are in the program', async () => {
    const regression: StepFunction = ({ w }, { x, y, rate }) => {
      const { value, grad } = tf.valueAndGrad((w: tf.Tensor) =>
        tf.mean(tf.squaredDifference(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), y!)),
      )(w!);
      return { state: { w: tf.sub(w!, tf.mul(grad, rate!)) }, outputs: { loss: value } };
    };
    const step = compileStep(client, regression, { state: { w: { shape: [2, 1], data: new Float32Array(2) } } });
    const x = { shape: [4, 2], data: Float32Array.of(1, 0, 0, 1, 1, 1, 2, 1) };
    const y = { shape: [4, 1], data: Float32Array.of(3, -1, 2, 5) }; // y = 3 x_1 - x_2
    for (let i = 0; i < 200; i++) await step({ x, y, rate: 0.2 });
    expect((await step.readState()).w).toBeAllClose({ shape: [2, 1], data: [3, -1] }, { atol: 1e-3 });
    step.dispose();
  });

  it('rounds the operands of products in bfloat16, and nothing else', async () => {
    const product: StepFunction = (_, { x, y }) => ({
      state: {},
      outputs: { product: tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D), sum: tf.add(x!, 1) },
    });
    const step = compileStep(client, product, { state: {}, precision: 'bfloat16' });
    const x = { shape: [1, 1], data: Float32Array.of(1 + 2 ** -10) };
    const { text } = step.program({ x, y: x });
    expect(text).toMatch(/dot_general .*\(tensor<1x1xbf16>, tensor<1x1xbf16>\)/);
    const { product: rounded, sum } = await step({ x, y: x });
    expect(rounded!.data[0]).toBe(1);
    expect(sum!.data[0]).toBe(2 + 2 ** -10);
    step.dispose();
  });

  it('is compiled for few sizes where it looks at lengths', async () => {
    const mean: StepFunction = (_, { indices, 'indices.length': length }) => {
      const size = indices!.shape[1]!;
      const padded = length ?? tf.scalar(size, 'int32');
      const there = tf.cast(tf.less(tf.range(0, size, 1, 'int32'), padded), 'float32');
      return { state: {}, outputs: { mean: tf.div(tf.sum(tf.mul(tf.cast(indices!, 'float32'), there)), padded) } };
    };
    const step = compileStep(client, mean, { state: {} });
    for (const length of [20, 21, 17, 22, 9]) {
      const indices = { shape: [1, length], data: Int32Array.from({ length }, (_, i) => i) };
      expect((await step({ indices })).mean!.data[0]).toBeCloseTo((length - 1) / 2, 4);
    }
    expect(step.compilations).toBe(1);
    step.dispose();
  });

  it('takes inputs that were staged, once', async () => {
    const step = compileStep(client, running, { state: { sum: vector(0, 10) } });
    const ahead = step.stage({ x: vector(1, 1) });
    step.stage({ x: vector(5, 5) }).discard();
    expect((await step(ahead)).largest!.data[0]).toBe(11);
    await expect(step(ahead)).rejects.toThrow('were used before');
    step.dispose();
  });

  it.each([
    {
      operation: 'StatelessMultinomial',
      why: 'has no translation',
      draw: (x: tf.Tensor) => tf.multinomial(x as tf.Tensor1D, 2, 3),
    },
    {
      operation: 'UniqueV2',
      why: 'depends on values',
      draw: (x: tf.Tensor) => tf.unique(x).values,
    },
  ])('refuses $operation, which $why, by its name and the line of the model', async ({ operation, why, draw }) => {
    const step = compileStep(client, (_, { x }) => ({ state: {}, outputs: { y: draw(x!) } }), { state: {} });
    const refused: unknown = await step({ x: vector(1, 2, 2) }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(TraceError);
    expect(refused).toMatchObject({
      operation,
      message: expect.stringContaining(why),
      line: expect.stringMatching(/compile-step\.test\.ts:\d+:\d+$/),
    });
    expect(() => step.program({ x: vector(1, 2, 2) })).toThrow(operation);
    expect(step.compilations).toBe(0);
    step.dispose();
  });

  it('refuses an input that is no tensor', async () => {
    const step = compileStep(client, running, { state: { sum: vector(0, 10) } });
    await expect(step({ x: 'clip' as never })).rejects.toThrow(XlaError);
    step.dispose();
  });

  it('has as many tensors as a large model', async () => {
    const names = Array.from({ length: 400 }, (_, i) => `tensor${i}`);
    const more: StepFunction = (state) => {
      const next = names.map((name) => [name, tf.add(state[name]!, 1)] as const);
      return { state: Object.fromEntries(next), outputs: Object.fromEntries(next) };
    };
    const step = compileStep(client, more, { state: Object.fromEntries(names.map((name, i) => [name, vector(i)])) });
    const outputs = await step({});
    const state = await step.readState();
    for (const [i, name] of names.entries()) {
      expect([outputs[name]!.data[0], state[name]!.data[0]]).toEqual([i + 1, i + 1]);
    }
    step.dispose();
  });

  it('takes more inputs than calls of C may be under way', async () => {
    const numbers = Array.from({ length: 600 }, (_, i) => i);
    const all: StepFunction = (_state, inputs) => ({ state: {}, outputs: { sum: addN(Object.values(inputs)) } });
    const step = compileStep(client, all, { state: {} });
    const { sum } = await step(Object.fromEntries(numbers.map((number) => [`x${number}`, vector(number)])));
    expect(sum!.data[0]).toBe((600 * 599) / 2);
    step.dispose();
  });

  it('is profiled by what was waited for', async () => {
    const step = compileStep(client, running, { state: { sum: vector(0, 10) } });
    const { outputs, trace, unseen } = await step.profile({ x: vector(1, 2) });
    expect(unseen).toBe('the plug-in has no profiler'); // that for CPUs
    expect(outputs.largest!.data[0]).toBe(12);
    const spans = trace.traceEvents.filter(({ ph }) => ph === 'X');
    expect(spans.map(({ name }) => name)).toEqual(['inputs to the device', 'start', 'run, and outputs to the host']);
    for (const [i, { ts, dur }] of spans.entries()) {
      expect(dur).toBeGreaterThan(0);
      const end = ts! + dur!;
      if (i + 1 < spans.length) expect(spans[i + 1]!.ts).toBeGreaterThanOrEqual(end - 1);
    }
    expect(step.compilations).toBe(1);
    step.dispose();
  });

  it('says which attention was compiled, and why', async () => {
    const attention: StepFunction = (_state, { qkv }) => {
      const [y] = tf.engine().runKernel('VjepaAttention', { qkv: qkv! }, { numHeads: 1 }) as tf.Tensor[];
      return { state: {}, outputs: { y: y! } };
    };
    const step = compileStep(client, attention, { state: {}, precision: 'bfloat16' });
    expect(step.attention).toEqual([]);
    await step({ qkv: { shape: [1, 2, 24], data: new Float32Array(48) } });
    await step({ qkv: { shape: [1, 4, 24], data: new Float32Array(96) } });
    expect(step.attention).toEqual([{ headWidth: 8, fused: false, because: 'cpu has no cuDNN' }]);
    step.dispose();
    const asked = () => compileStep(client, attention, { state: {}, precision: 'bfloat16', fusedAttention: true });
    expect(asked).toThrow('fused attention is asked for, and cpu has no cuDNN');
  });

  it('ends well however it is ended: twice, while it compiles, while it runs', async () => {
    const begun = [1, 2, 3].map(() => compileStep(client, running, { state: { sum: vector(0, 10) } }));
    const calls = begun.map((step) => step({ x: vector(1, 2) }));
    for (const step of begun) step.dispose();
    for (const step of begun) step.dispose();
    for (const call of calls) expect((await call).largest!.data[0]).toBe(12);
    await expect(begun[0]!({ x: vector(1, 2) })).rejects.toMatchObject({ code: 'disposed' });
    await expect(begun[0]!.readState()).rejects.toMatchObject({ code: 'disposed' });
    await expect.poll(() => plugin.live).toMatchObject({ buffer: 0, loadedExecutable: 0, event: 0 });
  });

  it('goes on after inputs it refuses, of whatever kind', async () => {
    const step = compileStep(client, running, { state: { sum: vector(0, 10) } });
    const wrong = [
      { x: 'text' },
      { x: { shape: [2] } },
      { x: { shape: [3], data: new Float32Array(2) } },
      { x: null },
      {},
    ];
    for (const inputs of wrong) await expect(step(inputs as never)).rejects.toThrow();
    const types = { x: { shape: [2], data: new Uint8Array(2) } };
    await step(types as never).catch(() => undefined); // as the function has it: added, or refused
    await expect(step.writeState({ sum: vector(1) })).rejects.toThrow("state 'sum' has shape [2] and was given [1]");
    await expect(step.writeState({ other: vector(1) })).rejects.toThrow("no tensor 'other'");
    expect((await step({ x: vector(5, 5) })).largest!.data[0]).toBe(15);
    step.dispose();
  });

  it('shares a process with another client, each with its own', async () => {
    const other = await cpuPlugin().createClient({ cpuDevices: 1 });
    const [one, two] = [client, other].map((on) => compileStep(on, running, { state: { sum: vector(0, 10) } }));
    const calls = [one!({ x: vector(1, 2) }), two!({ x: vector(10, 20) })];
    expect((await Promise.all(calls)).map(({ largest }) => largest!.data[0])).toEqual([12, 30]);
    await other.dispose();
    await expect(two!({ x: vector(1, 2) })).rejects.toMatchObject({ code: 'disposed' });
    expect((await one!({ x: vector(1, 2) })).largest!.data[0]).toBe(14);
    one!.dispose();
  });

  it('lets go of inputs that were staged for a call that never came', async () => {
    const before = plugin.live;
    const step = compileStep(client, running, { state: { sum: vector(0, 10) } });
    await step({ x: vector(1, 1) });
    const { buffer } = plugin.live;
    step.stage({ x: vector(2, 2) });
    await expect.poll(() => plugin.live.buffer).toBe(buffer + 1);
    const under = step.stage({ x: vector(3, 3) });
    const called = step(step.stage({ x: vector(4, 4) }));
    step.dispose();
    expect((await called).largest!.data[0]).toBe(15);
    await expect.poll(() => plugin.live).toEqual(before);
    await expect(step(under)).rejects.toMatchObject({ code: 'disposed' });
    under.discard();
  });

  it('leaves nothing behind', async () => {
    const before = plugin.live;
    const step = compileStep(client, running, { state: { sum: vector(0, 10) } });
    for (let i = 0; i < 20; i++) await step({ x: vector(i, i) });
    const { buffer } = plugin.live;
    for (let i = 0; i < 20; i++) await step({ x: vector(i, i) });
    expect(plugin.live.buffer).toBe(buffer);
    step.dispose();
    await expect.poll(() => plugin.live).toEqual(before);
  });
});
