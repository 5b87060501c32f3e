import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import type { TensorRecord } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { useBackend } from '@vjepa/test-kit/backends';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attentiveProbeConfig,
  averageProbeConfig,
  initialGradients,
  initializeProbe,
  initialProbeState,
  probeEvaluationStep,
  probeTrainingStep,
} from './index.js';
import { readProbeFixture, runStep, toTensors } from './probe.fixture.js';

// TensorFlow runs it too, compiled: tensorflow.test.ts.
describe('the probe run recorded from the reference on wasm', () => {
  beforeAll(() => useBackend('wasm'));

  it('has the same losses, gradients, final parameters and probabilities', async () => {
    const { manifest, tensors, encoder, probe, encoderParameters, probeParameters } = await readProbeFixture();
    const config = { probe, encoder, segments: 2, normalizedClips: true };
    let state = toTensors(initialProbeState([probeParameters], encoderParameters));

    // The evaluation was recorded before training.
    for (const [kind, attendAcrossSegments] of [
      ['attend', true],
      ['average', false],
    ] as const) {
      const evaluate = probeEvaluationStep({ ...config, views: 3, attendAcrossSegments });
      const clips = [0, 1].flatMap((segment) =>
        [0, 1, 2].map((view) => [`clips.${segment}.${view}`, tensors[`eval.clips.${segment}.${view}`]!]),
      );
      const { outputs } = evaluate(state, toTensors(Object.fromEntries(clips)));
      const expected = tensors[`eval.${kind}.prob`]!.data as Float32Array;
      expect(outputs['probabilities.0']!.dataSync(), kind).toBeAllClose(expected, { ofLargest: 1e-4 });
    }

    const step = probeTrainingStep(config);
    const count = tf.memory().numTensors;
    for (const record of manifest.steps) {
      const name = `step${record.step}`;
      const inputs: TensorRecord = {
        ...toTensors({
          'clips.0.0': tensors[`${name}.clips.0`]!,
          'clips.1.0': tensors[`${name}.clips.1`]!,
          labels: tensors[`${name}.labels`]!,
        }),
        'learning_rate.0': tf.scalar(record.lr),
        'weight_decay.0': tf.scalar(record.weight_decay),
        step: tf.scalar(record.step + 1),
        clip_norm: tf.scalar(1),
      };
      const result = runStep(step, state, inputs);
      state = result.state;
      expect(tf.memory().numTensors).toBe(count);
      expect(Math.abs(result.outputs['loss.0']! / record.loss - 1), name).toBeLessThan(1e-4);
      if (record.step === 0) {
        // The first moment is a tenth of the clipped gradient after one step.
        const unclip = 10 / Math.min(1, 1 / (result.outputs['grad_norm.0']! + 1e-6));
        const recorded = Object.entries(tensors).filter(([key]) => key.startsWith('step0.grad.'));
        expect(recorded).toHaveLength(15);
        for (const [key, { data }] of recorded) {
          const moment = state[key.replace('step0.grad.', 'exp_avg.probe.0.')]!;
          const gradient = moment.dataSync().map((value) => value * unclip);
          expect(gradient, key).toBeAllClose(data as Float32Array, { ofLargest: 1e-3 });
        }
      }
    }
    for (const [key, { data }] of Object.entries(tensors)) {
      if (!key.startsWith('final.')) continue;
      const actual = state[key.replace('final.', 'probe.0.')]!.dataSync();
      expect(actual, key).toBeAllClose(data as Float32Array, { ofLargest: 1e-3 });
    }
    tf.dispose(state);
  });
});

describe('probeTrainingStep on features', () => {
  beforeAll(() => useBackend('cpu'));

  const size = { embedDim: 12, numHeads: 3 };
  /** Two classes that differ in one direction of one token in five. */
  const featuresAndLabels = () => {
    const random = mersenneTwister(3);
    const labels = [0, 1, 1, 0, 1, 0, 0, 1];
    const features = tf.buffer([8, 5, 12]);
    for (let b = 0; b < 8; b++)
      for (let n = 0; n < 5; n++)
        for (let d = 0; d < 12; d++)
          features.set(
            (random.nextUint32() / 2 ** 32 - 0.5) * 2 + (n === 2 && d === 4 ? (labels[b]! - 0.5) * 6 : 0),
            b,
            n,
            d,
          );
    return { 'features.0.0': features.toTensor(), labels: tf.tensor1d(labels, 'int32') };
  };

  it.each([
    ['attentive', attentiveProbeConfig(size, 2)],
    ['attentive of depth 2', attentiveProbeConfig(size, 2, { depth: 2 })],
    ['attentive without its block', attentiveProbeConfig(size, 2, { completeBlock: false })],
    ['average', averageProbeConfig(size, 2)],
    ['normalised average', averageProbeConfig(size, 2, { normalize: true })],
  ])('an %s probe learns, two learning rates at once, and a rate of 0 learns nothing', (_kind, probe) => {
    const parameters = initializeProbe(probe, mersenneTwister(1));
    const step = probeTrainingStep({ probe, numProbes: 2 });
    let state = toTensors(initialProbeState([parameters, parameters]));
    const tensors = tf.memory().numTensors;
    const history: Record<string, number>[] = [];
    for (let t = 1; t <= 25; t++) {
      const scalars = {
        'learning_rate.0': 0.02,
        'learning_rate.1': 0,
        'weight_decay.0': 0.01,
        'weight_decay.1': 0.01,
        step: t,
        clip_norm: 1,
      };
      const inputs = {
        ...featuresAndLabels(),
        ...Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, tf.scalar(value)])),
      };
      const result = runStep(step, state, inputs);
      state = result.state;
      history.push(result.outputs);
    }
    expect(tf.memory().numTensors).toBe(tensors);
    expect(history[0]!['loss.0']).toBe(history[0]!['loss.1']);
    expect(history.at(-1)!['loss.0']).toBeLessThan(0.35);
    expect(history.at(-1)!['correct.0']).toBe(8);
    expect(history.at(-1)!['loss.1']).toBe(history[0]!['loss.1']);
    tf.dispose(state);
  });

  it('does with a batch in parts what it does with the whole', () => {
    const probe = attentiveProbeConfig(size, 2);
    const host = initialProbeState([initializeProbe(probe, mersenneTwister(1))]);
    const whole = featuresAndLabels();
    const rates = () => ({ 'learning_rate.0': tf.scalar(0.02), 'weight_decay.0': tf.scalar(0.01) });
    const common = () => ({ step: tf.scalar(1), clip_norm: tf.scalar(1) });
    const expected = probeTrainingStep({ probe })(toTensors(host), { ...whole, ...rates(), ...common() });

    // Parts of 5 and 3 samples.
    const step = probeTrainingStep({ probe, accumulate: true });
    const part = (from: number, size: number): TensorRecord => ({
      'features.0.0': tf.slice(whole['features.0.0'], [from, 0, 0], [size, -1, -1]),
      labels: tf.slice(whole.labels, from, size),
      share: tf.scalar(size / 8),
    });
    const start = toTensors({ ...host, ...initialGradients(host) });
    const first = step(start, part(0, 5));
    expect(first.state['probe.0.linear.weight']).toBe(start['probe.0.linear.weight']);
    const second = step(first.state, { ...part(5, 3), ...rates(), ...common() });

    const loss = (5 * first.outputs['loss.0']!.dataSync()[0]! + 3 * second.outputs['loss.0']!.dataSync()[0]!) / 8;
    expect(loss).toBeCloseTo(expected.outputs['loss.0']!.dataSync()[0]!, 5);
    const norm = second.outputs['grad_norm.0']!.dataSync()[0]!;
    expect(norm / expected.outputs['grad_norm.0']!.dataSync()[0]!).toBeCloseTo(1, 4);
    for (const name of Object.keys(host)) {
      if (!name.startsWith('exp_avg.')) continue;
      expect(second.state[name]!, name).toBeAllClose(expected.state[name]!, { ofLargest: 1e-4 });
    }
    const sums = Object.entries(second.state).filter(([name]) => name.startsWith('gradient.'));
    expect(sums.every(([, sum]) => sum.dataSync().every((value) => value === 0))).toBe(true);
  });

  it('leaves the unused projection alone', () => {
    const probe = attentiveProbeConfig(size, 2);
    const state = toTensors(initialProbeState([initializeProbe(probe, mersenneTwister(1))]));
    const scalars = { 'learning_rate.0': 0.02, 'weight_decay.0': 0.01, step: 1, clip_norm: 1 };
    const inputs = {
      ...featuresAndLabels(),
      ...Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, tf.scalar(value)])),
    };
    const { state: next } = probeTrainingStep({ probe })(state, inputs);
    const unused = Object.keys(state).filter((name) => next[name] === state[name]);
    expect(unused.sort()).toEqual(
      ['exp_avg.', 'exp_avg_sq.', '']
        .flatMap((kind) =>
          ['bias', 'weight'].map((leaf) => `${kind}probe.0.pooler.cross_attention_block.xattn.proj.${leaf}`),
        )
        .sort(),
    );
  });

  it('says what it misses', () => {
    const probe = averageProbeConfig(size, 2);
    const state = toTensors(initialProbeState([initializeProbe(probe, mersenneTwister(1))]));
    expect(() => probeTrainingStep({ probe, segments: 2 })(state, featuresAndLabels())).toThrow("'features.1.0'");
    const wrong = { 'features.0.0': tf.zeros([2, 5, 8]) };
    expect(() => probeEvaluationStep({ probe })(state, wrong)).toThrow(
      'the probe takes tokens [B, N, 12], but these have shape [2, 5, 8]',
    );
  });
});
