import * as tf from '@tensorflow/tfjs-core';
import type { TensorRecord } from '@vjepa/engine';
import { useBackend } from '@vjepa/test-kit/backends';
import { beforeAll, describe, expect, it } from 'vitest';
import { goldenEncoder, goldenInputs, goldenModels, goldenPredictor, toTensors } from './golden-model.fixture.js';
import { initialPretrainingState, pretrainingStep } from './index.js';
import { runStep } from './pretraining.fixture.js';

/** Masks with tokens behind them that are not meant, and how many are. */
function padded(inputs: TensorRecord, by: number): TensorRecord {
  const entries = Object.entries(inputs).flatMap(([name, tensor], i): [string, tf.Tensor][] => {
    if (!/^(context|target)\./.test(name)) return [[name, tensor]];
    const [B, K] = tensor.shape as [number, number];
    const rest = tf.fill([B, by + i], 7 + i, 'int32');
    return [
      [name, tf.concat([tensor, rest], 1)],
      [`${name}.length`, tf.scalar(K, 'int32')],
    ];
  });
  return Object.fromEntries(entries);
}

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
      let state = toTensors(initialPretrainingState(goldenModels()));
      const outputs = [1, 2].map((t) => {
        const scalars = { learning_rate: 1e-3, weight_decay: 0.05, momentum: 0.99, step: t, clip_norm: 0.1 };
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
      for (const [name, tensor] of Object.entries(plain.state)) {
        expect(tf.max(tf.abs(tf.sub(tensor, state[name]!))).dataSync()[0], name).toBeLessThan(2e-5);
      }
    }
  });
});
