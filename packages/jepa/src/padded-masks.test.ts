import * as tf from '@tensorflow/tfjs-core';
import { flatten, toTensors } from '@vjepa/engine';
import { useBackend } from '@vjepa/test-kit/backends';
import { runStep } from '@vjepa/test-kit/run-step';
import { beforeAll, describe, expect, it } from 'vitest';
import { goldenEncoder, goldenInputs, goldenModels, goldenPredictor } from './golden-model.fixture.js';
import { initialPretrainingState, type PretrainingState, pretrainingStep } from './index.js';
import { padded } from './padded-masks.fixture.js';

describe('masks with padding', () => {
  beforeAll(() => useBackend('wasm'));

  it.each([
    { lossExponent: 1, recompute: 'none' as const },
    { lossExponent: 2, recompute: 'block' as const },
  ])('change no loss, gradient, statistic or parameter: %o', (options) => {
    const step = pretrainingStep({
      encoder: goldenEncoder,
      predictor: goldenPredictor,
      normalizedClips: true,
      statistics: true,
      regularizerCoefficient: 0.5,
      ...options,
    });
    const run = (by: number) => {
      let state: PretrainingState = toTensors(initialPretrainingState(goldenModels()));
      const outputs = [1, 2].map((t) => {
        const scalars = { learningRate: 1e-3, weightDecay: 0.05, momentum: 0.99, step: t, clipNorm: 0.1 };
        const inputs = goldenInputs(scalars);
        const result = runStep(step, state, by > 0 ? padded(inputs, by) : inputs);
        state = result.state;
        return result.outputs;
      });
      return { outputs, state };
    };
    const [plain, few, many] = [run(0), run(3), run(24)];
    for (const { outputs, state } of [few, many]) {
      for (const [t, expected] of plain.outputs.entries()) {
        for (const [name, value] of Object.entries(expected)) {
          const difference = Math.abs(outputs[t]![name]! - value);
          expect(difference / Math.max(Math.abs(value), 1e-6), name).toBeLessThan(2e-4);
        }
      }
      const after = flatten<tf.Tensor>(state);
      for (const [name, tensor] of Object.entries(flatten<tf.Tensor>(plain.state))) {
        expect(tf.max(tf.abs(tf.sub(tensor, after[name]!))).dataSync()[0], name).toBeLessThan(2e-5);
      }
    }
  });
});
