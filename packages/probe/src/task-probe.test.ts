import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import { type FloatTensor, toTensors } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { BACKENDS, useBackend } from '@vjepa/test-kit/backends';
import { goldenParameters } from '@vjepa/test-kit/golden-model';
import { runStep } from '@vjepa/test-kit/run-step';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  anticipationProbeConfig,
  attentiveProbeConfig,
  initialGradients,
  initializeProbe,
  initialProbeState,
  type ProbeState,
  probeEvaluationStep,
  probeLogits,
  probeParameterShapes,
  probeTrainingStep,
} from './index.js';
import { anticipationInputs, SMALL_ANTICIPATION_PROBE as probe } from './task-probe.fixture.js';

const parameters = initializeProbe(probe, mersenneTwister(1));
const D = probe.embedDim;

describe('the probe for anticipation', () => {
  it('has the parameters of the published one, by their names', () => {
    const shapes = probeParameterShapes(anticipationProbeConfig({ embedDim: 1024, numHeads: 16 }, CLASSES));
    const names = [...shapes.keys()].filter((name) => !/^pooler\.(blocks|cross)/.test(name));
    expect(names).toEqual([
      'pooler.query_tokens',
      ...['verb', 'noun', 'action'].flatMap((task) => [`${task}_classifier.weight`, `${task}_classifier.bias`]),
    ]);
    expect(shapes.get('pooler.query_tokens')).toEqual([1, 3, 1024]);
    expect(shapes.get('action_classifier.weight')).toEqual([CLASSES.action, 1024]);
    // V-JEPA 2's probe of 174 classes has 49,514,670; beyond it two queries, and other classes.
    const count = [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
    const classes = CLASSES.verb + CLASSES.noun + CLASSES.action;
    expect(count).toBe(49_514_670 + 2 * 1024 + (classes - 174) * 1025);
  });

  it('begins as the other probes do: its classifiers uniform, their biases too', () => {
    const bound = 1 / Math.sqrt(D);
    for (const leaf of ['weight', 'bias']) {
      const { data } = parameters[`noun_classifier.${leaf}`]!;
      expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(bound);
      expect(Math.max(...data)).toBeGreaterThan(0);
    }
  });
});

const CLASSES = { verb: 97, noun: 289, action: 3568 };

describe.each(BACKENDS)('the probe for anticipation on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('gives the golden logits, loss and gradients of the published code in float64', () => {
    const golden = anticipationProbeConfig({ embedDim: 32, numHeads: 2 }, { verb: 2, noun: 3, action: 4 });
    const weights = goldenParameters(probeParameterShapes(golden), {});
    const tokens = Float32Array.from({ length: 2 * 5 * 32 }, (_, j) => Math.sin(0.7 * j));
    const features = [[{ shape: [2, 5, 32], data: tokens }]];
    const step = probeTrainingStep({ probe: golden });
    const labels = { shape: [2, 3], data: Int32Array.of(1, 2, 3, 0, 1, 0) };
    const rates = { learningRate: [0], weightDecay: [0], step: 1 };
    const { outputs, state } = step(toTensors(initialProbeState([weights])), toTensors({ features, labels, ...rates }));
    expect(outputs.loss[0]!.dataSync()[0]).toBeCloseTo(1.8527657932038708, 5);
    const norm = (name: string) => 10 * tf.norm(state.expAvg!.probe[0]![name]!).dataSync()[0]!;
    expect(norm('pooler.query_tokens') / 0.23860560337116524).toBeCloseTo(1, 4);
    expect(norm('pooler.blocks.0.attn.qkv.weight') / 0.0002079306688539969).toBeCloseTo(1, 2);
    expect(norm('noun_classifier.weight') / 0.1508323015316066).toBeCloseTo(1, 4);
    const evaluated = probeEvaluationStep({ probe: golden })({ probe: [toTensors(weights)] }, toTensors({ features }));
    const expected = [
      [0.050836257784, 0.049812546506, -0.040081343103, -0.045868686907, -0.035230393833],
      [0.021184854936, 0.038657448107, 0.04395495572, 0.034215208866],
      [0.051224394792, 0.049447291982, -0.039912417356, -0.045011857642, -0.034118205914],
      [0.020399812633, 0.037428441043, 0.042902411694, 0.033870473539],
    ];
    expect(evaluated.outputs.logits![0]!.dataSync()).toBeAllClose(expected.flat(), { atol: 1e-6 });
  });

  it('answers as three probes of one question each would', () => {
    const { features } = anticipationInputs(3);
    const tokens = toTensors({ features }).features![0]![0] as tf.Tensor3D;
    const [together] = probeLogits(probe, [toTensors(parameters)], tokens);
    const apart = probe.tasks.map(({ name, classes }, q) => {
      const own: Record<string, FloatTensor> = { ...parameters };
      const queries = parameters['pooler.query_tokens']!.data;
      own['pooler.query_tokens'] = { shape: [1, 1, D], data: queries.slice(q * D, (q + 1) * D) };
      for (const leaf of ['weight', 'bias']) own[`linear.${leaf}`] = parameters[`${name}_classifier.${leaf}`]!;
      const single = attentiveProbeConfig(probe, classes, { ...probe, numClasses: classes, tasks: undefined });
      return probeLogits(single, [toTensors(own)], tokens)[0]!;
    });
    expect(together!.dataSync()).toBeAllClose(tf.concat(apart, 1).dataSync(), { atol: 1e-6 });
  });

  it('gives logits beside probabilities, the tasks side by side', () => {
    const { features } = anticipationInputs(2);
    const step = probeEvaluationStep({ probe });
    const { outputs } = step({ probe: [toTensors(parameters)] }, toTensors({ features }));
    expect(outputs.logits![0]!.shape).toEqual([2, 3 + 4 + 6]);
    const sigmoids = [...outputs.logits![0]!.dataSync()].map((z) => 1 / (1 + Math.exp(-z)));
    expect(outputs.probabilities[0]!.dataSync()).toBeAllClose(sigmoids, { atol: 1e-6 });
  });

  it('trains with the true gradient of the focal loss', () => {
    const inputs = anticipationInputs(4);
    const step = probeTrainingStep({ probe, decayed: 'all' });
    const rates = { learningRate: [0], weightDecay: [0], step: 1 };
    const state: ProbeState = toTensors(initialProbeState([parameters]));
    const { state: after } = step(state, toTensors({ ...inputs, ...rates }));
    const random = mersenneTwister(5);
    // Along a random direction in all parameters: the first moment is a tenth of the gradient after one step.
    const direction = Object.fromEntries(
      Object.entries(parameters).map(([name, { data }]) => [name, data.map(() => random.nextUint32() / 2 ** 32 - 0.5)]),
    );
    let along = 0;
    for (const [name, moment] of Object.entries(after.expAvg!.probe[0]!)) {
      for (const [i, tenth] of moment.dataSync().entries()) along += 10 * tenth * direction[name]![i]!;
    }
    const lossAt = (t: number) => {
      const moved = Object.fromEntries(
        Object.entries(parameters).map(([name, { shape, data }]) => {
          return [name, { shape, data: data.map((value, i) => value + t * direction[name]![i]!) }];
        }),
      );
      const at: ProbeState = toTensors(initialProbeState([moved]));
      return step(at, toTensors({ ...inputs, ...rates })).outputs.loss[0]!.dataSync()[0]!;
    };
    const h = 4e-3;
    const numeric = (8 * (lossAt(h) - lossAt(-h)) - (lossAt(2 * h) - lossAt(-2 * h))) / (12 * h);
    expect(Math.abs(numeric)).toBeGreaterThan(0.01);
    expect(along / numeric).toBeCloseTo(1, 2);
  });
});

describe('training the probe for anticipation', () => {
  beforeAll(() => useBackend('wasm'));

  const trained = (inputs: ReturnType<typeof anticipationInputs>, settings = {}) => {
    const step = probeTrainingStep({ probe, ...settings });
    const rates = { learningRate: [0.01], weightDecay: [0.1], step: 1 };
    const { state, outputs } = step(toTensors(initialProbeState([parameters])), toTensors({ ...inputs, ...rates }));
    return { loss: outputs.loss[0]!.dataSync()[0]!, parameters: state.probe![0]! };
  };

  it('adds up the losses of as many samples as asked', () => {
    const inputs = anticipationInputs(4);
    const one = trained(inputs, { focalLoss: { samplesSummed: 1 } }).loss;
    expect(trained(inputs).loss).toBeCloseTo(2 * one, 5);
    expect(trained(inputs, { focalLoss: { samplesSummed: 4 } }).loss).toBeCloseTo(4 * one, 4);
  });

  it('decays everything where it is asked to', () => {
    const inputs = anticipationInputs(4);
    const bias = (settings: object) => trained(inputs, settings).parameters['verb_classifier.bias']!.dataSync();
    const [all, matrices] = [bias({ decayed: 'all' }), bias({})];
    const { data } = parameters['verb_classifier.bias']!;
    for (const [i, value] of data.entries()) expect(matrices[i]! - all[i]!).toBeCloseTo(0.01 * 0.1 * value, 6);
  });

  it('learns all three answers', () => {
    const inputs = { ...anticipationInputs(8), learningRate: [0.02, 0], weightDecay: [0, 0] };
    const step = probeTrainingStep({ probe, decayed: 'all' });
    let state: ProbeState = toTensors(initialProbeState([parameters, parameters]));
    const losses: [number, number][] = [];
    let correct = 0;
    for (let i = 0; i < 40; i++) {
      const result = runStep(step, state, toTensors({ ...inputs, step: i + 1 }));
      state = result.state;
      losses.push([result.outputs['loss.0']!, result.outputs['loss.1']!]);
      correct = result.outputs['correct.0']!;
    }
    expect(losses.at(-1)![0]).toBeLessThan(0.2 * losses[0]![0]);
    expect(losses.at(-1)![1]).toBe(losses[0]![1]);
    expect(correct).toBe(8);
  });

  it('is the same in parts as at once', () => {
    const { features, labels } = anticipationInputs(6);
    const values = features[0]![0]!;
    const part = (from: number, to: number) => {
      const perSample = values.data.length / 6;
      const data = values.data.slice(from * perSample, to * perSample);
      return {
        features: [[{ shape: [to - from, ...values.shape.slice(1)], data }]],
        labels: { shape: [to - from, 3], data: labels.data.slice(3 * from, 3 * to) },
        share: (to - from) / 6,
      };
    };
    const whole = trained({ features, labels }).parameters;
    const initial = initialProbeState([parameters]);
    const step = probeTrainingStep({ probe });
    let state: ProbeState = toTensors({ ...initial, ...initialGradients(initial) });
    state = runStep(step, state, toTensors(part(0, 4))).state;
    const rates = { learningRate: [0.01], weightDecay: [0.1], step: 1 };
    state = runStep(step, state, toTensors({ ...part(4, 6), ...rates })).state;
    for (const [name, tensor] of Object.entries(state.probe[0]!)) {
      expect(tensor.dataSync(), name).toBeAllClose(whole[name]!.dataSync(), { atol: 2e-4 });
    }
  });
});
