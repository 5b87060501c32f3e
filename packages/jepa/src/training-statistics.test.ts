import * as tf from '@tensorflow/tfjs-core';
import { flatten, toTensors } from '@vjepa/engine';
import { useBackend } from '@vjepa/test-kit/backends';
import { runStep } from '@vjepa/test-kit/run-step';
import { beforeAll, describe, expect, it } from 'vitest';
import { goldenEncoder, goldenInputs, goldenModels, goldenPredictor } from './golden-model.fixture.js';
import {
  initialPretrainingState,
  inputStatistics,
  type PretrainingState,
  predictionStatistics,
  pretrainingStep,
  targetStatistics,
} from './index.js';

const valuesOf = (record: Record<string, tf.Tensor>) =>
  Object.fromEntries(Object.entries(record).map(([name, tensor]) => [name, tensor.dataSync()[0]!]));

describe('targetStatistics', () => {
  beforeAll(() => useBackend('wasm'));

  it('shows a collapse: every token the same', () => {
    const token = tf.tensor([1, -1, 1, -1], [1, 1, 4]);
    const collapsed = valuesOf(targetStatistics(tf.tile(token, [2, 8, 1])));
    expect(collapsed.target_std).toBeCloseTo(0, 6);
    expect(collapsed.target_cosine).toBeCloseTo(1, 5);
    expect(collapsed.loss_of_mean).toBeCloseTo(0, 6);
    expect(collapsed.target_std_across_clips).toBeCloseTo(0, 6);
  });

  it('shows features that tell where a token is and nothing of what is there', () => {
    const places = tf.randomNormal([1, 16, 8], 0, 1, 'float32', 3);
    const blind = valuesOf(targetStatistics(tf.tile(places, [3, 1, 1])));
    expect(blind.target_std).toBeGreaterThan(0.5);
    expect(blind.target_std_across_clips).toBeCloseTo(0, 6);
  });

  it('shows features that tell which clip it is and nothing of what is where in it', () => {
    const clips = tf.randomNormal([4, 1, 8], 0, 1, 'float32', 3);
    const within = tf.randomNormal([4, 16, 8], 0, 1, 'float32', 5);
    const share = (spread: number) => valuesOf(targetStatistics(tf.add(clips, tf.mul(within, spread))));
    const constant = share(0);
    expect(constant.target_within_clips).toBeLessThan(1e-3);
    expect(constant.target_std).toBeGreaterThan(0.5);
    expect(constant.loss_of_mean).toBeCloseTo(0, 6);
    // Variances of clips and within them by themselves: what is computed from sums is the same.
    const deviation = (x: tf.Tensor) => tf.mean(tf.moments(x, [0, 1]).variance).dataSync()[0]!;
    const means = tf.mean(tf.add(clips, within), 1, true);
    const inClips = deviation(tf.sub(tf.add(clips, within), means));
    expect(share(1).target_within_clips).toBeCloseTo(inClips / (inClips + deviation(means)), 4);
    expect(share(20).target_within_clips).toBeGreaterThan(0.8);
  });

  it('takes the loss of predicting the mean with the exponent of the objective', () => {
    const targets = tf.tensor3d([[[0], [4]]]);
    expect(valuesOf(targetStatistics(targets)).loss_of_mean).toBeCloseTo(2, 6);
    expect(valuesOf(targetStatistics(targets, 2)).loss_of_mean).toBeCloseTo(2, 6); // 2^2 / 2
    expect(valuesOf(targetStatistics(targets, 3)).loss_of_mean).toBeCloseTo(8 / 3, 5);
  });

  it('says nothing about one clip’s deviation across clips', () => {
    expect(targetStatistics(tf.ones([1, 4, 4]))).not.toHaveProperty('target_std_across_clips');
  });

  it('shows independent features: deviation 1, cosine near 0, rank near D', () => {
    // The rows of a Hadamard matrix: orthogonal tokens and orthogonal features.
    const rows = Array.from({ length: 8 }, (_, i) =>
      Array.from({ length: 8 }, (_, j) => ((i & j).toString(2).replaceAll('0', '').length % 2 === 0 ? 1 : -1)),
    );
    const healthy = valuesOf(targetStatistics(tf.tensor3d([rows])));
    expect(healthy.target_cosine).toBeCloseTo(0, 5);
    expect(healthy.target_rank).toBeCloseTo(7, 4); // the constant feature varies not at all
    expect(healthy.target_std).toBeCloseTo(7 / 8, 5);
  });
});

describe('predictionStatistics', () => {
  it('counts the directions that predictions use, as a mean over the masks', () => {
    const line = tf.tensor3d([[[1, 1, 0], [-1, -1, 0], [2, 2, 0]]]); // biome-ignore format: a matrix
    const square = tf.tensor3d([[[1, 1, 5], [1, -1, 5], [-1, 1, 5], [-1, -1, 5]]]); // biome-ignore format: a matrix
    expect(valuesOf(predictionStatistics([line])).prediction_rank).toBeCloseTo(1, 5);
    expect(valuesOf(predictionStatistics([square])).prediction_rank).toBeCloseTo(2, 5);
    const both = valuesOf(predictionStatistics([line, square]));
    expect(both.prediction_rank).toBeCloseTo(1.5, 5);
    expect(both.prediction_std).toBeCloseTo((2 / 3) * (Math.sqrt(14 / 9) / 2 + 1 / 2), 5);
  });
});

describe('inputStatistics', () => {
  it('is the unbiased variance of each clip', () => {
    const { input_variance, input_variance_min } = valuesOf(inputStatistics(tf.tensor3d([[[1, 3]], [[0, 0]]])));
    expect(input_variance).toBeCloseTo(1, 6);
    expect(input_variance_min).toBe(0);
  });
});

describe('pretrainingStep with statistics', () => {
  it('returns them and leaves no tensors behind', () => {
    const step = pretrainingStep({
      encoder: goldenEncoder,
      predictor: goldenPredictor,
      normalizedClips: true,
      statistics: true,
    });
    let state: PretrainingState = toTensors(initialPretrainingState(goldenModels()));
    const tensors = tf.memory().numTensors;
    const scalars = { learningRate: 1e-3, weightDecay: 0, momentum: 0.9, step: 1, clipNorm: 0 };
    const { state: next, outputs } = runStep(step, state, goldenInputs(scalars));
    state = next;
    expect(tf.memory().numTensors).toBe(tensors);
    expect(Object.keys(outputs).sort()).toEqual(
      [
        'loss',
        'loss_jepa',
        'loss_reg',
        'encoder_grad_norm',
        'predictor_grad_norm',
        ...[
          'input_variance',
          'input_variance_min',
          'loss_of_mean',
          'prediction_std',
          'prediction_rank',
          'target_std_across_clips',
          'target_cosine',
          'target_rank',
          'target_std',
          'target_within_clips',
        ].map((name) => `statistics.${name}`),
        ...['encoder', 'predictor'].flatMap((model) =>
          ['parameter_norm', 'update_norm', 'grad_norm_first_layer', 'grad_norm_last_layer'].map(
            (kind) => `statistics.${model}_${kind}`,
          ),
        ),
        ...Object.entries({ encoder: goldenEncoder, predictor: goldenPredictor }).flatMap(([model, { depth }]) =>
          ['embedding', 'output', ...['early', 'middle', 'late'].slice(0, depth)].flatMap((group) =>
            ['parameter_norm', 'update_norm', 'grad_norm'].map((kind) => `statistics.${model}_${group}_${kind}`),
          ),
        ),
      ].sort(),
    );
    for (const [name, value] of Object.entries(outputs)) expect(Number.isFinite(value), name).toBe(true);
    // AdamW's first step moves every value with a gradient by about the learning rate.
    const count = Object.entries(goldenModels().predictor)
      .filter(([name]) => name !== 'predictor_pos_embed')
      .reduce((sum, [, { data }]) => sum + data.length, 0);
    expect(outputs['statistics.predictor_update_norm']! / (1e-3 * Math.sqrt(count))).toBeGreaterThan(0.9);
    expect(outputs['statistics.predictor_update_norm']! / (1e-3 * Math.sqrt(count))).toBeLessThan(1.001);
    tf.dispose(flatten<tf.Tensor>(state));
  });
});
