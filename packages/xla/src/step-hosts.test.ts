import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import { type HostTensor, meanOverReplicas, minimumOverReplicas, type StepFunction } from '@vjepa/engine';
import { partOf, specsOf } from '@vjepa/trace';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { compileStep } from './compile-step.js';
import { type OnDevices, toDevices, toHost } from './device-tensors.js';
import type { Client } from './pjrt/client.js';
import type { Plugin } from './pjrt/plugin.js';
import { hostsOf } from './step-hosts.js';
import { StepWriter } from './step-writer.js';
import { cpuPlugin, describeWithCpuPlugin } from './with-cpu-plugin.fixture.js';

const numbers = (shape: number[]): HostTensor => ({
  shape,
  data: Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * 12.9)),
});

/** A regression whose outputs are a scalar, rows of samples, rows of two for each sample, and a vector that is of no sample. */
const step: StepFunction = (state, { x, y, rate }) => {
  const loss = (w: tf.Tensor) => tf.mean(tf.squaredDifference(tf.matMul(x!, w as tf.Tensor2D), y!)) as tf.Scalar;
  const { value, grad } = tf.valueAndGrad(loss)(state.w!);
  const outputs = {
    loss: value,
    rows: tf.matMul(x!, state.w as tf.Tensor2D),
    halves: tf.reshape(x!, [2 * x!.shape[0]!, 2]),
    least: minimumOverReplicas(tf.min(x!, 0)),
  };
  return { state: { w: tf.sub(state.w!, tf.mul(meanOverReplicas(grad), rate!)) }, outputs };
};

const device = (processIndex: number, isAddressable: boolean) => ({ processIndex, isAddressable });

it('takes as many devices of each process, one after the other', () => {
  expect(hostsOf([device(0, true)])).toBe(1);
  expect(hostsOf([device(0, false), device(0, false), device(3, true), device(3, true)])).toBe(2);
  const wrong = [
    [device(0, true), device(1, false), device(0, true), device(1, false)],
    [device(0, true), device(0, true), device(1, false)],
    [device(1, false)],
  ];
  for (const devices of wrong) expect(() => hostsOf(devices)).toThrow('cannot share a step');
});

// The plug-in for CPUs shares nothing between processes: one process is all hosts here, each of which feeds and reads its devices.
describeWithCpuPlugin('a step of several hosts', () => {
  let plugin: Plugin;
  let client: Client;
  beforeEach(async () => {
    plugin = cpuPlugin();
    client = await plugin.createClient({ cpuDevices: 6 });
  });
  afterEach(async () => {
    await client.dispose();
    expect(Object.values(plugin.live).every((count) => count === 0)).toBe(true);
  });

  it.each([
    { hosts: 2, each: 2, samples: 8, shardState: false },
    { hosts: 2, each: 2, samples: 8, shardState: true },
    { hosts: 3, each: 2, samples: 6, shardState: true },
    { hosts: 2, each: 2, samples: 6, shardState: true }, // three of each host, whose devices do the same
    { hosts: 4, each: 1, samples: 8, shardState: false },
  ])('$hosts of $each devices, $samples samples, state in parts: $shardState, is that of one', async (how) => {
    const { hosts, each, samples, shardState } = how;
    const inputs = { x: numbers([samples, 4]), y: numbers([samples, 2]), rate: numbers([]) };
    const state = { w: numbers([4, 2]) };
    const one = compileStep(client, step, { state, devices: client.devices.slice(0, 1) });
    const expected = await one(inputs);
    const { w } = await one.readState();
    one.dispose();

    const own = Array.from({ length: hosts }, (_, host) => ({
      devices: client.devices.slice(host * each, (host + 1) * each),
      fed: { ...inputs, x: partOf(inputs.x, 0, host, hosts), y: partOf(inputs.y, 0, host, hosts) },
    }));
    const programs = own.map(({ devices, fed }) => {
      const writer = new StepWriter(step, { state, shardState }, { device: devices[0], devices: each, hosts });
      const { whole, parts } = writer.parts(fed);
      return {
        ...writer.write(specsOf(whole), parts.length),
        mesh: { parts: parts.length, copies: each / parts.length },
      };
    });
    expect(new Set(programs.map(({ text }) => text)).size).toBe(1);
    const [{ text, results, arguments: given, mesh }] = programs as [(typeof programs)[0]];
    const devices = own.flatMap(({ devices }) => devices.map(({ id }) => id));
    const program = await client.compile(text, { partitions: devices.length, devices: [devices], shardy: true });

    const lists = await Promise.all(
      own.map(async ({ devices, fed }) => {
        const tensors = given.map(({ kind, name }) => (kind === 'state' ? state.w : fed[name as keyof typeof fed]));
        const put = await Promise.all(
          // The state lies as on the devices of one host, whatever part of the batch they have.
          given.map(({ kind, sharding }, i) =>
            toDevices(tensors[i]!, { client, devices }, kind === 'state' ? { parts: each, copies: 1 } : mesh, sharding),
          ),
        );
        return devices.map((_, device) => put.map((buffers) => buffers[device]!));
      }),
    );
    const made = await program.executeOn(lists.flat());
    for (let host = 0; host < hosts; host++) {
      for (const [i, { kind, name, dtype, sharding }] of results.entries()) {
        const buffers: OnDevices = made.slice(host * each, (host + 1) * each).map((list) => list[i]!);
        const found = await toHost(buffers, dtype, kind === 'state' ? { parts: each, copies: 1 } : mesh, sharding);
        const whole = kind === 'state' ? w! : expected[name]!;
        const ofSamples = name === 'rows' || name === 'halves';
        expect(found, name).toBeAllClose(ofSamples ? partOf(whole, 0, host, hosts) : whole, { atol: 2e-6 });
      }
    }
    await program.dispose();
  });
});
