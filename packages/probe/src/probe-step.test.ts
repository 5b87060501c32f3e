import { runStep } from '@vjepa/test-kit/run-step';
import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import { flatten, toTensors } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { useBackend } from '@vjepa/test-kit/backends';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attentiveProbeConfig,
  averageProbeConfig,
  initialGradients,
  initializeProbe,
  initialProbeState,
  type ProbeState,
  type ProbeTrainingInputs,
  probeEvaluationStep,
  probeTrainingStep,
} from './index.js';
import { readProbeFixture, recorded } from './probe.fixture.js';

// TensorFlow runs it too, compiled: tensorflow.test.ts.
describe('the probe run recorded from the reference on wasm', () => {
  beforeAll(() => useBackend('wasm'));

  it('has the same losses, gradients, final parameters and probabilities', async () => {
    const { manifest, tensors, encoder, probe, encoderParameters, probeParameters } = await readProbeFixture();
    const config = { probe, encoder, normalizedClips: true };
    const recording = (name: string) => recorded(tensors, name);
    let state: ProbeState = toTensors(initialProbeState([probeParameters], encoderParameters));

    // The evaluation was recorded before training.
    for (const [kind, attendAcrossSegments] of [
      ['attend', true],
      ['average', false],
    ] as const) {
      const evaluate = probeEvaluationStep({ ...config, attendAcrossSegments });
      const clips = [0, 1].map((segment) => [0, 1, 2].map((view) => recording(`eval.clips.${segment}.${view}`)));
      const { outputs } = evaluate(state, toTensors({ clips }));
      const expected = tensors[`eval.${kind}.prob`]!.data as Float32Array;
      expect(outputs.probabilities[0]!.dataSync(), kind).toBeAllClose(expected, { ofLargest: 1e-4 });
    }

    const step = probeTrainingStep(config);
    const count = tf.memory().numTensors;
    for (const record of manifest.steps) {
      const name = `step${record.step}`;
      const inputs = toTensors({
        clips: [[recording(`${name}.clips.0`)], [recording(`${name}.clips.1`)]],
        labels: recording(`${name}.labels`),
        learningRate: [Number(record.lr)],
        weightDecay: [Number(record.weight_decay)],
        step: Number(record.step) + 1,
        clipNorm: 1,
      });
      const result = runStep(step, state, inputs);
      state = result.state;
      expect(tf.memory().numTensors).toBe(count);
      expect(Math.abs(result.outputs['loss.0']! / record.loss - 1), name).toBeLessThan(1e-4);
      if (record.step === 0) {
        // The first moment is a tenth of the clipped gradient after one step.
        const unclip = 10 / Math.min(1, 1 / (result.outputs['grad_norm.0']! + 1e-6));
        const gradients = Object.entries(tensors).filter(([key]) => key.startsWith('step0.grad.'));
        expect(gradients).toHaveLength(15);
        for (const [key, { data }] of gradients) {
          const moment = state.expAvg.probe[0]![key.replace('step0.grad.', '')]!;
          const gradient = moment.dataSync().map((value) => value * unclip);
          expect(gradient, key).toBeAllClose(data as Float32Array, { ofLargest: 1e-3 });
        }
      }
    }
    for (const [key, { data }] of Object.entries(tensors)) {
      if (!key.startsWith('final.')) continue;
      const actual = state.probe[0]![key.replace('final.', '')]!.dataSync();
      expect(actual, key).toBeAllClose(data as Float32Array, { ofLargest: 1e-3 });
    }
    for (const tensor of Object.values(flatten<tf.Tensor>(state))) tensor.dispose();
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
    return { features: [[features.toTensor()]], labels: tf.tensor1d(labels, 'int32') };
  };

  it.each([
    ['attentive', attentiveProbeConfig(size, 2)],
    ['attentive of depth 2', attentiveProbeConfig(size, 2, { depth: 2 })],
    ['attentive with self-attention before', attentiveProbeConfig(size, 2, { selfAttention: 'before', numHeads: 3 })],
    ['attentive without its block', attentiveProbeConfig(size, 2, { completeBlock: false })],
    ['average', averageProbeConfig(size, 2)],
    ['normalised average', averageProbeConfig(size, 2, { normalize: true })],
  ])('an %s probe learns, two learning rates at once, and a rate of 0 learns nothing', (_kind, probe) => {
    const parameters = initializeProbe(probe, mersenneTwister(1));
    const step = probeTrainingStep({ probe });
    let state: ProbeState = toTensors(initialProbeState([parameters, parameters]));
    const tensors = tf.memory().numTensors;
    const history: Record<string, number>[] = [];
    for (let t = 1; t <= 25; t++) {
      const scalars = { learningRate: [0.02, 0], weightDecay: [0.01, 0.01], step: t, clipNorm: 1 };
      const inputs = { ...featuresAndLabels(), ...toTensors(scalars) };
      const result = runStep(step, state, inputs);
      state = result.state;
      history.push(result.outputs);
    }
    expect(tf.memory().numTensors).toBe(tensors);
    expect(history[0]!['loss.0']).toBe(history[0]!['loss.1']);
    expect(history.at(-1)!['loss.0']).toBeLessThan(0.35);
    expect(history.at(-1)!['correct.0']).toBe(8);
    expect(history.at(-1)!['loss.1']).toBe(history[0]!['loss.1']);
    for (const tensor of Object.values(flatten<tf.Tensor>(state))) tensor.dispose();
  });

  it('does with a batch in parts what it does with the whole', () => {
    const probe = attentiveProbeConfig(size, 2);
    const host = initialProbeState([initializeProbe(probe, mersenneTwister(1))]);
    const whole = featuresAndLabels();
    const scalars = () => toTensors({ learningRate: [0.02], weightDecay: [0.01], step: 1, clipNorm: 1 });
    const step = probeTrainingStep({ probe });
    const expected = step(toTensors(host), { ...whole, ...scalars() });

    // Parts of 5 and 3 samples.
    const part = (from: number, size: number): ProbeTrainingInputs => ({
      features: [[tf.slice(whole.features[0]![0]!, [from, 0, 0], [size, -1, -1])]],
      labels: tf.slice(whole.labels, from, size),
      share: tf.scalar(size / 8),
    });
    const start: ProbeState = toTensors({ ...host, ...initialGradients(host) });
    const first = step(start, part(0, 5));
    expect(Object.keys(first.state)).toEqual(['gradient']);
    const second = step({ ...start, ...first.state }, { ...part(5, 3), ...scalars() });

    const loss = (5 * first.outputs.loss[0]!.dataSync()[0]! + 3 * second.outputs.loss[0]!.dataSync()[0]!) / 8;
    expect(loss).toBeCloseTo(expected.outputs.loss[0]!.dataSync()[0]!, 5);
    const norm = second.outputs.gradNorm![0]!.dataSync()[0]!;
    expect(norm / expected.outputs.gradNorm![0]!.dataSync()[0]!).toBeCloseTo(1, 4);
    for (const name of Object.keys(host.expAvg.probe[0]!)) {
      const [actual, wanted] = [second, expected].map(({ state }) => state.expAvg!.probe[0]![name]!);
      expect(actual!, name).toBeAllClose(wanted!, { ofLargest: 1e-4 });
    }
    const sums = Object.values(flatten<tf.Tensor>(second.state.gradient));
    expect(sums.length).toBeGreaterThan(0);
    expect(sums.every((sum) => sum.dataSync().every((value) => value === 0))).toBe(true);
  });

  it('leaves the unused projection alone', () => {
    const probe = attentiveProbeConfig(size, 2);
    const state: ProbeState = toTensors(initialProbeState([initializeProbe(probe, mersenneTwister(1))]));
    const scalars = { learningRate: [0.02], weightDecay: [0.01], step: 1, clipNorm: 1 };
    const result = probeTrainingStep({ probe })(state, { ...featuresAndLabels(), ...toTensors(scalars) });
    const [before, next] = [state, result.state].map((tree) => flatten<tf.Tensor>(tree));
    const unused = Object.keys(before!).filter((name) => next![name] === before![name]);
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
    const state: ProbeState = toTensors(initialProbeState([initializeProbe(probe, mersenneTwister(1))]));
    const { labels } = featuresAndLabels();
    expect(() => probeTrainingStep({ probe })(state, { labels })).toThrow("the step needs the input 'features'");
    const wrong = { features: [[tf.zeros([2, 5, 8])]] };
    expect(() => probeEvaluationStep({ probe })(state, wrong)).toThrow(
      'the probe takes tokens [B, N, 12], but these have shape [2, 5, 8]',
    );
  });
});
