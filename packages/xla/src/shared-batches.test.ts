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
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

  const compiled = (fn: StepFunction, devices: number, options: { shardState?: boolean } = {}) =>
    compileStep(client, fn, { state: { w: numbers([2]) }, devices: client.devices.slice(0, devices), ...options });

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
      expect(Object.keys(actual)).toEqual(['loss', 'sum', 'least', 'reversed', 'samples']);
      for (const [name, output] of Object.entries(expected)) {
        expect(actual[name]!, name).toBeAllClose(output, { atol: 2e-6 });
      }
    }
    const [expected, actual] = [await one.readState(), await several.readState()];
    expect(actual.w!).toBeAllClose(expected.w!, { atol: 5e-7 });
    one.dispose();
    several.dispose();
  });

  it('is of the whole batch, whether or not it speaks of replicas', async () => {
    const states = await Promise.all(
      [meanOverReplicas, (gradient: tf.Tensor) => gradient].map(async (exchanged) => {
        const step = compiled(stepWith(exchanged), 2);
        for (let t = 0; t < 3; t++) await step({ x: numbers([4, 2]) });
        const { w } = await step.readState();
        step.dispose();
        return w!;
      }),
    );
    expect(states[1]).toEqual(states[0]);
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

  it('is one program of the whole batch, which says how devices have what', () => {
    const { text } = compiled(stepWith(meanOverReplicas), 4).program({ x: numbers([6, 2]) });
    expect(text).toContain('mhlo.num_partitions = 4 : i32');
    expect(text).toContain('sdy.mesh @devices = <["part"=2, "copy"=2]>');
    expect(text).toContain(
      '%input.x: tensor<6x2xf32> {sdy.sharding = #sdy.sharding<@devices, [{"part"}, {}]>} loc("x")',
    );
    expect(text).toContain(
      '%state.w: tensor<2xf32> {tf.aliasing_output = 0 : i32, sdy.sharding = #sdy.sharding<@devices, [{}]>}',
    );
    expect(compiled(stepWith(meanOverReplicas), 1).program({ x: numbers([4, 2]) }).text).not.toContain('sdy.');
  });

  describe('with its state in parts', () => {
    /** AdamW of a layer with a bias, as @vjepa/optim traces it, and a norm of the weights. */
    const layer: StepFunction = (state, { x, y }) => {
      const loss = (w: tf.Tensor, b: tf.Tensor) =>
        tf.mean(tf.square(tf.sub(tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D, false, true), b), y!)));
      const { value, grads } = tf.valueAndGrads(loss as (...args: tf.Tensor[]) => tf.Scalar)([state.w!, state.b!]);
      const m = tf.add(tf.mul(state.m!, 0.9), tf.mul(grads[0]!, 0.1));
      return {
        state: { w: tf.sub(state.w!, tf.mul(m, 0.3)), m, b: tf.sub(state.b!, tf.mul(grads[1]!, 0.3)) },
        outputs: { loss: value, norm: tf.sum(tf.square(state.w!)) },
      };
    };
    const state = { w: numbers([6, 4]), m: numbers([6, 4]), b: numbers([6]) };
    const inputs = { x: numbers([4, 4]), y: numbers([4, 6]) };
    const on = (devices: number, shardState: boolean) =>
      compileStep(client, layer, { state, devices: client.devices.slice(0, devices), shardState });

    // 6 rows on 3 devices and 2; on 4, which they do not share, the 4 columns.
    it.each([2, 3, 4])('on %i devices is the same', async (devices) => {
      const [whole, cut] = [on(1, false), on(devices, true)];
      for (let t = 0; t < 4; t++) {
        const [expected, actual] = [await whole(inputs), await cut(inputs)];
        for (const name of ['loss', 'norm']) expect(actual[name]!).toBeAllClose(expected[name]!, { rtol: 2e-6 });
      }
      const [expected, actual] = [await whole.readState(), await cut.readState()];
      for (const name of ['w', 'm', 'b']) expect(actual[name]!, name).toBeAllClose(expected[name]!, { atol: 1e-6 });
      // What was read is what was written, on whatever devices.
      const other = on(devices === 2 ? 3 : 2, true);
      await other.writeState(actual);
      expect(await other.readState()).toEqual(actual);
      for (const step of [whole, cut, other]) step.dispose();
    });

    it('gathers weights for products alone, and leaves vectors whole', () => {
      const { text, arguments: args } = on(2, true).program(inputs);
      expect(args.map(({ name, sharding }) => [name, sharding?.axis])).toEqual([
        ['w', 0],
        ['m', 0],
        ['b', undefined],
        ['x', 0],
        ['y', 0],
      ]);
      expect(text.match(/sdy\.sharding_constraint (\S+) <@devices, \[\{\}, \{\}\]>/g)).toEqual([
        'sdy.sharding_constraint %state.w <@devices, [{}, {}]>',
      ]);
    });
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
