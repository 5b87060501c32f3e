import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import {
  type HostTensor,
  meanOverReplicas,
  minimumOverReplicas,
  reverseBatch,
  type StepFunction,
  samplesOverReplicas,
  sumOverReplicas,
} from '@vjepa/engine';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { compileStep } from './compile-step.js';
import type { Client } from './pjrt/client.js';
import type { Plugin } from './pjrt/plugin.js';
import { cpuPlugin, describeWithCpuPlugin } from './with-cpu-plugin.fixture.js';

const numbers = (shape: number[]): HostTensor => ({
  shape,
  data: Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * 12.9)),
});

/** A regression by a parameter of two, with what replicas may tell each other among its outputs. */
const stepWith =
  (exchanged: (gradient: tf.Tensor) => tf.Tensor): StepFunction =>
  (state, { x }) => {
    const { value, grad } = tf.valueAndGrad((w) => tf.mean(tf.square(tf.mul(x!, w))))(state.w!);
    const outputs = {
      loss: value,
      sum: sumOverReplicas(tf.sum(x!)),
      least: minimumOverReplicas(tf.min(x!, 0)),
      reversed: reverseBatch(x!),
      samples: tf.scalar(samplesOverReplicas(x!.shape[0]!), 'int32'),
    };
    return { state: { w: tf.sub(state.w!, exchanged(grad)) }, outputs };
  };

describeWithCpuPlugin('a step on several devices of XLA', () => {
  let plugin: Plugin;
  let client: Client;
  beforeEach(async () => {
    plugin = cpuPlugin();
    client = await plugin.createClient({ cpuDevices: 4 });
  });
  afterEach(async () => {
    await client.dispose();
    expect(Object.values(plugin.live).every((count) => count === 0)).toBe(true);
  });

  const compiled = (fn: StepFunction, devices: number) =>
    compileStep(client, fn, { state: { w: numbers([2]) }, devices: client.devices.slice(0, devices) });

  // Parts for each device, one part for all, two parts for four.
  it.each([
    [2, 4],
    [3, 6],
    [2, 3],
    [4, 6],
  ])('%i, with %i samples, is the step on one', async (devices, samples) => {
    const [one, several] = [compiled(stepWith(meanOverReplicas), 1), compiled(stepWith(meanOverReplicas), devices)];
    for (let t = 0; t < 2; t++) {
      const [expected, actual] = [await one({ x: numbers([samples, 2]) }), await several({ x: numbers([samples, 2]) })];
      for (const name of ['loss', 'sum', 'reversed', 'samples']) {
        expect(actual[name]!, name).toBeAllClose(expected[name]!, { atol: 2e-6 });
      }
      // Every replica has it, and joins it to the others'.
      const { shape, data } = actual.least!;
      for (let i = 0; i < shape[0]!; i += 2) expect(data.slice(i, i + 2)).toEqual(expected.least!.data);
    }
    const [expected, actual] = [await one.readState(), await several.readState()];
    expect(actual.w!).toBeAllClose(expected.w!, { atol: 5e-7 });
    one.dispose();
    several.dispose();
  });

  it('has a state on each: without an average each goes its own way, and with it they are the same bits', async () => {
    const shown =
      (fn: StepFunction): StepFunction =>
      (state, inputs) =>
        'x' in inputs ? fn(state, inputs) : { state: {}, outputs: { w: tf.expandDims(state.w!, 0) } };
    const states = async (exchanged: (gradient: tf.Tensor) => tf.Tensor) => {
      const step = compiled(shown(stepWith(exchanged)), 2);
      for (let t = 0; t < 3; t++) await step({ x: numbers([4, 2]) });
      const { w } = await step({ show: 1 });
      const [first] = [(await step.readState()).w!.data];
      step.dispose();
      return [w!.data.slice(0, 2), w!.data.slice(2), first];
    };
    const [first, second, read] = await states(meanOverReplicas);
    expect(second).toEqual(first);
    expect(read).toEqual(first);
    const [ours, theirs] = await states((gradient) => gradient);
    expect(Math.abs(Number(ours![1]) - Number(theirs![1]))).toBeGreaterThan(1e-4);
  });

  it('gives every sample its row, also of a batch that cannot be cut into as many parts', async () => {
    const rows: StepFunction = Object.assign(
      ((state, { x, scale }) => ({
        state,
        outputs: { sum: tf.mul(tf.mul(tf.sum(x!, 1), tf.reshape(scale!, [-1])), tf.sum(state.w!)) },
      })) satisfies StepFunction,
      { batchAxes: { scale: 1 } as const },
    );
    const [one, two] = [compiled(rows, 1), compiled(rows, 2)];
    for (const B of [1, 2, 5]) {
      const inputs = { x: numbers([B, 4]), scale: numbers([1, B]) };
      expect((await two(inputs)).sum!).toBeAllClose((await one(inputs)).sum!, { atol: 1e-6 });
    }
    one.dispose();
    two.dispose();
  });

  it('goes on from a state that was read, with inputs that were staged', async () => {
    const whole = compiled(stepWith(meanOverReplicas), 2);
    for (let t = 0; t < 2; t++) await whole({ x: numbers([4, 2]) });
    const saved = await whole.readState();
    const expected = await whole({ x: numbers([4, 2]) });
    const resumed = compiled(stepWith(meanOverReplicas), 2);
    await resumed.writeState(saved);
    const [unused, staged] = [resumed.stage({ x: numbers([4, 2]) }), resumed.stage({ x: numbers([4, 2]) })];
    unused.discard();
    expect(await resumed(staged)).toEqual(expected);
    expect(await resumed.readState()).toEqual(await whole.readState());
    whole.dispose();
    resumed.dispose();
  });

  it('is one program with its exchanges in it', () => {
    const step = compiled(stepWith(meanOverReplicas), 2);
    const { text } = step.program({ x: numbers([4, 2]) });
    expect(text).toContain('mhlo.num_replicas = 2 : i32');
    expect(text).toContain('tensor<2x2xf32>'); // half of the batch
    expect(text.match(/stablehlo\.all_reduce.*dense<\[\[0, 1\]\]>/g)).toHaveLength(3); // gradient, sum, least
    expect(text).toContain('"stablehlo.collective_permute"(%input.x) <{source_target_pairs = dense<[[0, 1], [1, 0]]>');
    expect(compiled(stepWith(meanOverReplicas), 1).program({ x: numbers([4, 2]) }).text).not.toMatch(
      /all_reduce|permute/,
    );
  });

  it('refuses none, and inputs that do not agree on a batch', async () => {
    expect(() => compiled(stepWith(meanOverReplicas), 0)).toThrow('compiled for one device at least');
    const step = compiled(
      ({ w }, { x, y }) => ({ state: { w: w! }, outputs: { z: tf.add(tf.sum(x!), tf.sum(y!)) } }),
      2,
    );
    await expect(step({ x: numbers([4, 2]), y: numbers([2, 2]) })).rejects.toThrow(
      "devices cannot share a batch of 4 samples by axis 0 of input 'x' and 2 by axis 0 of 'y'",
    );
  });
});
