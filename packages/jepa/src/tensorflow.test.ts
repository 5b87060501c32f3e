import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '@vjepa/engine';
import { type CompiledFunction, findTensorFlow, loadTensorFlow } from '@vjepa/tensorflow';
import { describe, expect, it } from 'vitest';
import { toTensors } from './golden-model.fixture.js';
import { initialPretrainingState, pretrainingStep } from './index.js';
import { readPretrainingFixture, runStep } from './pretraining.fixture.js';

const found = await findTensorFlow();
if (found === undefined) console.warn('no TensorFlow is installed: tests that need it are skipped');

describe.skipIf(found === undefined)('the run recorded from the reference in TensorFlow', () => {
  type Recording = Awaited<ReturnType<typeof readPretrainingFixture>>;

  /** The recorded inputs of step i. */
  function inputsOf({ tensors, manifest }: Recording, i: number): Record<string, HostTensor | number> {
    const record = manifest.steps[i];
    const named = ['context.0', 'context.1', 'target.0', 'target.1'].map((name) => {
      const tensor = tensors[`step${i}.mask_${name}`]!;
      return [name, { shape: [...tensor.shape], data: tensor.data }];
    });
    const clips = tensors[`step${i}.clips`]!;
    return {
      ...Object.fromEntries(named),
      clips: { shape: [...clips.shape], data: clips.data as Float32Array },
      learning_rate: record.lr,
      weight_decay: record.weight_decay,
      momentum: record.ema,
      step: i + 1,
      clip_norm: record.clipped ? manifest.optimization.clip_grad : 0,
    };
  }

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
    let state = toTensors(initialPretrainingState(initial));
    const tensors = tf.memory().numTensors;
    for (let i = 0; i < 4; i++) {
      const given = Object.entries(inputsOf(recording, i)).map(([name, value]) => [
        name,
        typeof value === 'number' ? { shape: [], data: Float32Array.of(value) } : value,
      ]);
      const result = runStep(step, state, toTensors(Object.fromEntries(given)));
      state = result.state;
      expectRecorded(recording, i, result.outputs);
      expect(tf.memory().numTensors).toBe(tensors);
    }
    expectFinal(recording, (name) => state[name]!.dataSync());
    tf.dispose(state);
  });

  it.each(['none', 'elementwise', 'block'] as const)(
    'is the same compiled once for all mask lengths, recomputing %s',
    async (recompute) => {
      const runtime = await loadTensorFlow();
      const recording = await readPretrainingFixture();
      const { encoder, predictor, initial } = recording;
      const step = pretrainingStep({ encoder, predictor, normalizedClips: true, recompute, statistics: true });
      const compiled: CompiledFunction = runtime.compile(step, { state: initialPretrainingState(initial) });
      for (let i = 0; i < 4; i++) {
        const outputs = await compiled(inputsOf(recording, i));
        const numbers = Object.entries(outputs).map(([name, { data }]) => [name, Number(data[0])]);
        expectRecorded(recording, i, Object.fromEntries(numbers));
      }
      expect(compiled.compilations).toBe(1);
      const state = await compiled.readState();
      expectFinal(recording, (name) => state[name]!.data as Float32Array);
      compiled.dispose();
    },
  );

  it('is the same on two devices that share the batch', async () => {
    const runtime = await loadTensorFlow();
    const recording = await readPretrainingFixture();
    const { encoder, predictor, initial } = recording;
    const step = pretrainingStep({ encoder, predictor, normalizedClips: true });
    const devices = ['/device:CPU:0', '/device:CPU:1'];
    const compiled = runtime.compile(step, { state: initialPretrainingState(initial), devices });
    for (let i = 0; i < 4; i++) {
      const outputs = await compiled(inputsOf(recording, i));
      const numbers = Object.entries(outputs).map(([name, { data }]) => [name, Number(data[0])]);
      expectRecorded(recording, i, Object.fromEntries(numbers));
    }
    const state = await compiled.readState();
    expectFinal(recording, (name) => state[name]!.data as Float32Array);
    compiled.dispose();
  });

  it('loses less than 1 % in the products of bfloat16', async () => {
    const runtime = await loadTensorFlow();
    const recording = await readPretrainingFixture();
    const { encoder, predictor, initial } = recording;
    const step = pretrainingStep({ encoder, predictor, normalizedClips: true });
    const compiled = runtime.compile(step, { state: initialPretrainingState(initial), precision: 'bfloat16' });
    for (let i = 0; i < 4; i++) {
      const { loss } = await compiled(inputsOf(recording, i));
      expect(Math.abs(Number(loss!.data[0]) / recording.manifest.steps[i].loss - 1)).toBeLessThan(0.01);
    }
    compiled.dispose();
  });
});
