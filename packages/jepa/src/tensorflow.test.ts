import { runStep } from '@vjepa/test-kit/run-step';
import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import { bindStep, flatten, type HostTensor, type StepRunner, scalarOf, toTensors } from '@vjepa/engine';
import { type CompiledFunction, type CompileOptions, findTensorFlow, loadTensorFlow } from '@vjepa/tensorflow';
import { describe, expect, it } from 'vitest';
import {
  initialPretrainingState,
  type PretrainingConfig,
  type PretrainingInputs,
  type PretrainingOutputs,
  type PretrainingState,
  pretrainingStep,
} from './index.js';
import { readPretrainingFixture, recordedInputs } from './pretraining.fixture.js';

const found = await findTensorFlow();
if (found === undefined) console.warn('no TensorFlow is installed: tests that need it are skipped');

describe.skipIf(found === undefined)('the run recorded from the reference in TensorFlow', () => {
  type Recording = Awaited<ReturnType<typeof readPretrainingFixture>>;

  function expectRecorded(recording: Recording, i: number, outputs: Record<string, number>): void {
    const record = recording.manifest.steps[i];
    expect(Math.abs(outputs.loss! / record.loss - 1)).toBeLessThan(1e-4);
    expect(Math.abs(outputs.encoder_grad_norm! / record.encoder_grad_norm - 1)).toBeLessThan(1e-3);
    expect(Math.abs(outputs.predictor_grad_norm! / record.predictor_grad_norm - 1)).toBeLessThan(1e-3);
  }

  function expectFinal({ tensors }: Recording, read: (name: string) => ArrayLike<number>): void {
    for (const [key, { data }] of Object.entries(tensors)) {
      if (!key.startsWith('final.')) continue;
      const actual = read(key.replace('final.', '').replace('backbone.', ''));
      expect(actual, key).toBeAllClose(data as Float32Array, { ofLargest: 1e-3 });
    }
  }

  it('is the same eagerly, and no tensors stay behind', async () => {
    const runtime = await loadTensorFlow();
    await tf.setBackend(runtime.backendName);
    const recording = await readPretrainingFixture();
    const { encoder, predictor, initial } = recording;
    const step = pretrainingStep({ encoder, predictor, normalizedClips: true });
    let state: PretrainingState = toTensors(initialPretrainingState(initial));
    const tensors = tf.memory().numTensors;
    for (let i = 0; i < 4; i++) {
      const result = runStep(step, state, toTensors(recordedInputs(recording, i)));
      state = result.state;
      expectRecorded(recording, i, result.outputs);
      expect(tf.memory().numTensors).toBe(tensors);
    }
    const final = flatten<tf.Tensor>(state);
    expectFinal(recording, (name) => final[name]!.dataSync());
    for (const tensor of Object.values(final)) tensor.dispose();
  });

  type Runner = StepRunner<PretrainingState, PretrainingInputs, PretrainingOutputs>;

  /** The recording's step, compiled. */
  async function compiled(
    { encoder, predictor, initial }: Recording,
    config: Partial<PretrainingConfig> = {},
    options: Omit<CompileOptions, 'state'> = {},
  ): Promise<{ run: Runner; fn: CompiledFunction }> {
    const runtime = await loadTensorFlow();
    const step = pretrainingStep({ encoder, predictor, normalizedClips: true, ...config });
    let fn: CompiledFunction;
    const run = bindStep(step, initialPretrainingState(initial), (flat, state) => {
      fn = runtime.compile(flat, { state, ...options });
      return fn;
    });
    return { run, fn: fn! };
  }

  /** Four steps and the state after them are those recorded. */
  async function expectRun(recording: Recording, run: Runner): Promise<void> {
    for (let i = 0; i < 4; i++) {
      const outputs = Object.entries(flatten<HostTensor>(await run(recordedInputs(recording, i))));
      expectRecorded(recording, i, Object.fromEntries(outputs.map(([name, tensor]) => [name, scalarOf(tensor)])));
    }
    const state = flatten<HostTensor>(await run.readState());
    expectFinal(recording, (name) => state[name]!.data as Float32Array);
    run.dispose();
  }

  it.each(['none', 'elementwise', 'block'] as const)(
    'is the same compiled once for all mask lengths, recomputing %s',
    async (recompute) => {
      const recording = await readPretrainingFixture();
      const { run, fn } = await compiled(recording, { recompute, statistics: true });
      await expectRun(recording, run);
      expect(fn.compilations).toBe(1);
    },
  );

  it('is the same on two devices that share the batch', async () => {
    const recording = await readPretrainingFixture();
    const { run } = await compiled(recording, {}, { devices: ['/device:CPU:0', '/device:CPU:1'] });
    await expectRun(recording, run);
  });

  it('loses less than 1 % in the products of bfloat16', async () => {
    const recording = await readPretrainingFixture();
    const { run } = await compiled(recording, {}, { precision: 'bfloat16' });
    for (let i = 0; i < 4; i++) {
      const { loss } = await run(recordedInputs(recording, i));
      expect(Math.abs(scalarOf(loss) / recording.manifest.steps[i].loss - 1)).toBeLessThan(0.01);
    }
    run.dispose();
  });
});
