import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from './backends.fixture.js';
import { initialPretrainingState, inputStatistics, pretrainingStep, targetStatistics } from './index.js';
import {
  goldenEncoder,
  goldenInputs,
  goldenModels,
  goldenPredictor,
  runStep,
  toTensors,
} from './pretraining.fixture.js';

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
    let state = toTensors(initialPretrainingState(goldenModels()));
    const tensors = tf.memory().numTensors;
    const scalars = { learning_rate: 1e-3, weight_decay: 0, momentum: 0.9, step: 1, clip_norm: 0 };
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
        'input_variance',
        'input_variance_min',
        'loss_of_mean',
        'prediction_std',
        'target_cosine',
        'target_rank',
        'target_std',
        ...['encoder', 'predictor'].flatMap((model) =>
          ['parameter_norm', 'update_norm', 'grad_norm_first_layer', 'grad_norm_last_layer'].map(
            (kind) => `${model}_${kind}`,
          ),
        ),
      ].sort(),
    );
    for (const [name, value] of Object.entries(outputs)) expect(Number.isFinite(value), name).toBe(true);
    // AdamW's first step moves every value with a gradient by about the learning rate.
    const count = Object.entries(goldenModels().predictor)
      .filter(([name]) => name !== 'predictor_pos_embed')
      .reduce((sum, [, { data }]) => sum + data.length, 0);
    expect(outputs.predictor_update_norm! / (1e-3 * Math.sqrt(count))).toBeGreaterThan(0.9);
    expect(outputs.predictor_update_norm! / (1e-3 * Math.sqrt(count))).toBeLessThan(1.001);
    tf.dispose(state);
  });
});
