import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadTensorFlow, type TensorFlowRuntime } from '@vjepa/tensorflow';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from './engine.js';
import { deepPretraining, SMALL_STEPS, smallSteps } from './small-steps.fixture.js';

// What is computed means nothing here: see packages/tensorflow/fake-cuda/README.md.

let runtime: TensorFlowRuntime;
const dump = temporaryFolder('xla');
beforeAll(async () => {
  process.env.FAKE_CUDA_GPUS = '2';
  process.env.XLA_FLAGS += ` --xla_dump_to=${dump} --xla_dump_hlo_as_text`;
  runtime = await loadTensorFlow({ device: 'all' });
});
afterAll(() => rmSync(dump, { recursive: true, force: true }));

/** Bytes of temporaries of what XLA compiled since the last call, by its own assignment; the largest program's. */
function temporaries(): number {
  const sizes = readdirSync(dump).flatMap((name) => {
    const path = join(dump, name);
    if (!/_gpu_after_optimizations-buffer-assignment\.txt$/.test(name)) return [];
    const sizes = readFileSync(path, 'utf8').matchAll(/^allocation \d+: size (\d+), preallocated-temp/gm);
    return Array.from(sizes, ([, size]) => Number(size));
  });
  for (const name of readdirSync(dump)) rmSync(join(dump, name), { recursive: true });
  expect(sizes.length).toBeGreaterThan(0);
  return Math.max(...sizes);
}

describe('on one GPU, through XLA', () => {
  for (const [name, make] of Object.entries(SMALL_STEPS)) {
    it.each(['float32', 'bfloat16'] as const)(`${name} compiles and is launched, %s`, async (precision) => {
      const { fn, state, inputs } = make();
      const step = runtime.compile(fn, { state, precision });
      const outputs = await step(inputs);
      await step(inputs);
      expect(step.compilations).toBe(1);
      expect(Object.keys(outputs).length).toBeGreaterThan(0);
      expect(Object.keys(await step.readState())).toEqual(Object.keys(state));
      step.dispose();
      temporaries();
    });
  }
});

/** Of a pretraining step of eight blocks. */
async function temporariesOf(...sizes: Parameters<typeof deepPretraining>): Promise<number> {
  const { fn, state, inputs } = deepPretraining(...sizes);
  const step = runtime.compile(fn, { state });
  await step(inputs);
  step.dispose();
  return temporaries();
}

it('what is computed again is not kept', async () => {
  const [everything, block] = [await temporariesOf('none'), await temporariesOf('block')];
  expect(block).toBeLessThan(0.6 * everything);
});

it('the activations of one mask are kept at a time', async () => {
  const [one, two] = [await temporariesOf('none', 1), await temporariesOf('none', 2)];
  // The second mask has half of the first one's context, and more targets.
  expect(two).toBeLessThan(1.25 * one);
});

describe('on two GPUs, without XLA', () => {
  it.each(Object.keys(SMALL_STEPS))('%s is placed and runs on both', async (name) => {
    const { fn, state, inputs } = SMALL_STEPS[name]!();
    const step = runtime.compile(fn, { state, devices: ['/device:GPU:0', '/device:GPU:1'] });
    await step(inputs);
    await step(inputs);
    expect(step.compilations).toBe(1);
    step.dispose();
  });

  it('a batch that they cannot share alike is placed and runs', async () => {
    const { fn, state, inputs } = smallSteps(3)['training a probe']!();
    const step = runtime.compile(fn, { state, devices: ['/device:GPU:0', '/device:GPU:1'] });
    await step(inputs);
    step.dispose();
  });

  it('the engine takes both, and says so', async () => {
    const engine = await openEngine({ devices: 'all' });
    expect(engine.devices).toBe(2);
    expect(engine.description).toMatch(/ on GPUs 0, 1 \(.+\), compiled steps/);
    expect(engine.gpu).toMatchObject({ used: 2, numbers: [0, 1] });
    const { fn, state, inputs } = SMALL_STEPS['frozen features']!();
    const { features } = await engine.bind(fn, state)(inputs);
    expect(features!.shape[0]).toBe(2);
  });
});
