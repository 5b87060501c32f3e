import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '@vjepa/engine';
import { type CompiledFunction, findTensorFlow, loadTensorFlow, type TensorFlowRuntime } from '@vjepa/tensorflow';
import { findPlugin, loadXla, type XlaRuntime } from '@vjepa/xla';
import { beforeAll, describe, expect, it } from 'vitest';
import { runVjepa } from '../run-vjepa.fixture.js';
import { type Engine, openEngine } from './engine.js';
import { requireSharedBatch } from './shared-batch.js';
import { SMALL_STEPS, type SmallStep, smallSteps } from './small-steps.fixture.js';

const TWO = ['/device:CPU:0', '/device:CPU:1'] as const;
const three = [...TWO, '/device:CPU:2'] as const;
const found = await findTensorFlow();

describe('devices that are asked for', () => {
  it.each([
    [{ device: 'cpu' } as const, '--device cpu computes on no GPU'],
    [{ backend: 'wasm' } as const, '--backend wasm computes on the CPU only'],
    [{ eager: true }, '--eager runs operation by operation on one device'],
  ])('are refused beside %o', async (other, why) => {
    const problem = `--devices all: ${why}; leave out one of the two`;
    await expect(openEngine({ devices: 'all', ...other })).rejects.toThrow(problem);
  });
});

describe('--devices', () => {
  it.each(['pretrain', 'evaluate', 'finetune', 'features'])('is an option of %s: all, or numbers', async (command) => {
    expect((await runVjepa(command, '--help')).stdout).toMatch(/--devices <list> +GPUs that share each batch/);
    for (const list of ['0,x', '', '1,1', '-1', '3-1', '0-2,1', 'every']) {
      const { code, stderr } = await runVjepa(command, '--devices', list);
      expect(code).not.toBe(0);
      expect(stderr).toContain('expected all, or the numbers of different GPUs, as 0,1.');
    }
  });

  it('is none of commands that compute on one', async () => {
    expect((await runVjepa('parity', '--help')).stdout).not.toContain('--devices');
  });
});

it('a batch that they cannot share equally is an error that says what would do', () => {
  const on = (devices: number) => () => requireSharedBatch({ devices } as Engine, 10, 'data.batch_size');
  expect(on(1)).not.toThrow();
  expect(on(5)).not.toThrow();
  expect(on(4)).toThrow(
    '--devices: data.batch_size is 10, which 4 devices cannot share equally; make it a multiple of 4',
  );
});

const MIXED = 'fine-tuning with mixing and stochastic depth';

type Compiled = Pick<CompiledFunction, 'readState' | 'dispose'> &
  ((inputs: SmallStep['inputs']) => Promise<HostRecord>);
type HostRecord = Record<string, HostTensor>;

/** Three updates, the last one with the scalars of another step, and the state they lead to. */
async function threeUpdates(step: Compiled, { inputs }: SmallStep) {
  const outputs: HostRecord[] = [];
  for (let t = 1; t <= 3; t++) {
    outputs.push(await step('step' in inputs ? { ...inputs, step: t, clip_norm: t === 3 ? 0 : 0.02 } : inputs));
  }
  const state = await step.readState();
  step.dispose();
  return { outputs, state };
}

function expectTheSame(shared: Awaited<ReturnType<typeof threeUpdates>>, one: typeof shared): void {
  for (const [t, outputs] of one.outputs.entries()) {
    expect(Object.keys(shared.outputs[t]!)).toEqual(Object.keys(outputs));
    for (const [name, output] of Object.entries(outputs)) expectClose(shared.outputs[t]![name]!, output, name);
  }
  for (const [name, value] of Object.entries(one.state)) expectClose(shared.state[name]!, value, name);
}

describe.skipIf(found === undefined)('several devices', { timeout: 120_000 }, () => {
  let runtime: TensorFlowRuntime;
  beforeAll(async () => {
    runtime = await loadTensorFlow();
  });

  it('are an error with the reason where they are not there', async (context) => {
    if (runtime.gpu.used > 0) context.skip();
    await expect(openEngine({ devices: [0, 7] })).rejects.toThrow(/^--devices 0,7: .+; vjepa doctor says what to do$/);
  });

  it('are named by the engine', async () => {
    const engine = await openEngine({ devices: TWO });
    expect(engine.devices).toBe(2);
    expect(engine.description).toContain('on /device:CPU:0, /device:CPU:1, compiled steps');
  });

  it.each<[string, number, readonly string[]]>([
    ...Object.keys(SMALL_STEPS).map((name): [string, number, readonly string[]] => [name, 4, TWO]),
    ['pretraining', 3, three],
    // Batches that the devices cannot share alike: one part for both, two for four, rows that are left out.
    ['training a probe', 3, TWO],
    [MIXED, 6, [...three, '/device:CPU:3']],
    ['frozen features', 3, TWO],
  ])('do of %s with %i samples what one does', async (name, B, devices) => {
    const step = smallSteps(B)[name]!();
    const on = (devices: readonly string[]) => threeUpdates(runtime.compile(step.fn, { ...step, devices }), step);
    const one = await on([devices[0]!]);
    expectTheSame(await on(devices), one);
  });

  it.each([
    ['pretraining', 4],
    ['training a probe', 3],
    [MIXED, 4],
  ])('have the same state, bit for bit: %s with %i samples', async (name, B) => {
    const { fn, state, inputs } = smallSteps(B)[name]!();
    // Asked for nothing else, it shows each replica's state, one below the other.
    const shown: typeof fn = (state, given) => {
      if (!('show' in given)) return fn(state, given);
      const rows = Object.entries(state).map(([name, x]) => [name, tf.expandDims(x, 0)]);
      return { state: {}, outputs: Object.fromEntries(rows) };
    };
    const step = runtime.compile(Object.assign(shown, { batchAxes: fn.batchAxes }), { state, devices: TWO });
    for (let t = 1; t <= 3; t++) await step({ ...inputs, step: t });
    const replicas = await step({ show: 1 });
    step.dispose();
    expect(Object.keys(replicas)).toEqual(Object.keys(state));
    for (const [name, { shape, data }] of Object.entries(replicas)) {
      expect(shape[0]).toBe(2);
      const half = data.length / 2;
      expect(data.slice(0, half), name).toEqual(data.slice(half));
    }
  });

  it('go on from a state that was read', async () => {
    const { fn, state, inputs } = smallSteps(4).pretraining!();
    const through = runtime.compile(fn, { state, devices: TWO });
    for (const step of [1, 2]) await through({ ...inputs, step });
    const saved = await through.readState();
    const expected = await through({ ...inputs, step: 3 });
    const resumed = runtime.compile(fn, { state: saved, devices: TWO });
    expect(await resumed({ ...inputs, step: 3 })).toEqual(expected);
    expect(await resumed.readState()).toEqual(await through.readState());
    through.dispose();
    resumed.dispose();
  });

  it.each(Object.keys(SMALL_STEPS))('cost one device nothing: %s', (name) => {
    const { fn, state, inputs } = SMALL_STEPS[name]!();
    const of = (devices: number) => runtime.lower(fn, { state, inputs, devices }).map(({ op }) => op);
    const [one, several] = [of(1), of(2)];
    expect(one).not.toContain('AcrossReplicas');
    expect(several.includes('AcrossReplicas')).toBe(name !== 'frozen features');
    expect(several.filter((op) => op !== 'AcrossReplicas')).toEqual(one);
  });
});

describe.skipIf(findPlugin({ kind: 'cpu' }) === undefined)("several of XLA's devices", { timeout: 300_000 }, () => {
  it('are GPUs, or with --device cpu parts of the CPU', async () => {
    if (findPlugin() === undefined) {
      await expect(openEngine({ backend: 'xla', devices: [0, 1] })).rejects.toThrow(
        '--backend xla: no plug-in of XLA for GPUs was found',
      );
    }
    await expect(openEngine({ backend: 'xla', devices: TWO })).rejects.toThrow(
      "--devices /device:CPU:0,/device:CPU:1: are TensorFlow's names, and XLA's devices have numbers",
    );
    const engine = await openEngine({ backend: 'xla', device: 'cpu', devices: [0, 1] });
    expect(engine.devices).toBe(2);
    expect(engine.description).toMatch(/^engine: XLA \(PJRT 0\.\d+\) on CPU, 2 devices, compiled steps/);
  });

  const inParts = (devices: number[]): Promise<XlaRuntime> => loadXla({ device: 'cpu', devices });

  it.each([
    ['pretraining', 4, 2],
    ['training a probe', 3, 2],
    [MIXED, 6, 3],
    ['frozen features', 3, 2],
  ])('do of %s with %i samples on %i what one does', async (name, B, count) => {
    const step = smallSteps(B)[name]!();
    const [one, several] = [await inParts([0]), await inParts(Array.from({ length: count }, (_, i) => i))];
    const expected = await threeUpdates(one.compile(step.fn, step), step);
    expectTheSame(await threeUpdates(several.compile(step.fn, step), step), expected);
  });
});

/** To float32 rounding of what is added up in another order, of the whole tensor's size. */
function expectClose(actual: HostTensor, expected: HostTensor, name: string): void {
  expect(actual.shape, name).toEqual(expected.shape);
  let [difference, size] = [0, 0];
  for (const [i, value] of expected.data.entries()) {
    difference += (Number(actual.data[i]) - Number(value)) ** 2;
    size += Number(value) ** 2;
  }
  expect(Math.sqrt(difference), `${name}, of size ${Math.sqrt(size)}`).toBeLessThanOrEqual(
    1e-3 * Math.sqrt(size) + 1e-7,
  );
}
