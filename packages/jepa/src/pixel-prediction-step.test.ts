import * as tf from '@tensorflow/tfjs-core';
import { toTensors } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { useBackend } from '@vjepa/test-kit/backends';
import { runStep } from '@vjepa/test-kit/run-step';
import { encodeMasks, gatherTokens, initializePredictor, patchifyChannelsFirst, predict } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { goldenEncoder, goldenInputs, goldenModels } from './golden-model.fixture.js';
import {
  initialPretrainingState,
  type PixelPredictionState,
  pixelPredictionStep,
  pixelPredictorConfig,
} from './index.js';
import { padded } from './padded-masks.fixture.js';

const predictor = pixelPredictorConfig(goldenEncoder, { embedDim: 24, depth: 1 });

function models() {
  return { encoder: goldenModels().encoder, predictor: initializePredictor(predictor, mersenneTwister(5)) };
}

/** Everything but the target encoder. */
function initialState() {
  const { targetEncoder: _, ...state } = initialPretrainingState(models());
  return state;
}

const scalars = { learningRate: 1e-3, weightDecay: 0, momentum: 1, step: 1, clipNorm: 0 };

describe('pixelPredictionStep', () => {
  beforeAll(() => useBackend('wasm'));

  it('has the mean squared error to the hidden patches as its loss', () => {
    const inputs = goldenInputs(scalars);
    const given = models();
    const patches = patchifyChannelsFirst(inputs.clips, { patchSize: 8, tubeletSize: 2 }).values;
    const masks = [0, 1].map((i) => [inputs.context[i]!, inputs.target[i]!] as const);
    const contexts = encodeMasks(
      goldenEncoder,
      toTensors(given.encoder),
      inputs.clips,
      masks.map(([context]) => context),
    );
    const errors = contexts.map((context, i) => {
      const z = predict(predictor, toTensors(given.predictor), context, masks[i]![0], masks[i]![1], i);
      return tf.mean(tf.squaredDifference(z, gatherTokens(patches, masks[i]![1]))).dataSync()[0]!;
    });
    const { outputs } = pixelPredictionStep({ encoder: goldenEncoder, predictor, normalizedClips: true })(
      toTensors(initialState()),
      inputs,
    );
    expect(outputs.loss.dataSync()[0]).toBeCloseTo((errors[0]! + errors[1]!) / 2, 5);
  });

  it('records what a run records, but signs of a collapse that pixels cannot have', () => {
    const step = pixelPredictionStep({
      ...{ encoder: goldenEncoder, predictor, normalizedClips: true, normalizePatches: true, statistics: true },
    });
    const { outputs } = runStep(step, toTensors(initialState()) as PixelPredictionState, goldenInputs(scalars));
    // Patches of deviation 1 that have little in common: the mean of a clip's is not far from 0.
    expect(outputs['statistics.loss_of_mean']).toBeGreaterThan(0.8);
    expect(outputs['statistics.loss_of_mean']).toBeLessThan(1);
    expect(outputs['statistics.encoder_update_norm']).toBeGreaterThan(0);
    expect(outputs['statistics.input_variance']).toBeGreaterThan(0);
    expect(Object.keys(outputs).filter((name) => name.includes('target') || name.includes('prediction'))).toEqual([]);
  });

  it('is the same with padded masks', () => {
    const step = pixelPredictionStep({ encoder: goldenEncoder, predictor, normalizedClips: true });
    const [plain, longer] = [false, true].map((isPadded) => {
      const inputs = goldenInputs({ ...scalars, clipNorm: 0.1 });
      return runStep(step, toTensors(initialState()) as PixelPredictionState, isPadded ? padded(inputs, 5) : inputs);
    });
    for (const [name, value] of Object.entries(plain!.outputs)) {
      expect(Math.abs(longer!.outputs[name]! / value - 1), name).toBeLessThan(2e-4);
    }
  });

  it('learns, and leaves no tensors behind', () => {
    const step = pixelPredictionStep({
      encoder: goldenEncoder,
      predictor,
      normalizedClips: true,
      normalizePatches: true,
    });
    let state: PixelPredictionState = toTensors(initialState());
    const tensors = tf.memory().numTensors;
    const losses = [1, 2, 3, 4, 5, 6].map((t) => {
      const result = runStep(step, state, goldenInputs({ ...scalars, learningRate: 4e-3, step: t }));
      state = result.state;
      expect(tf.memory().numTensors).toBe(tensors);
      return result.outputs.loss!;
    });
    expect(losses[0]).toBeCloseTo(1, 1); // patches of deviation 1, predictions near 0
    expect(losses.at(-1)).toBeLessThan(0.9 * losses[0]!);
  });

  it('needs a predictor whose output is a patch', () => {
    expect(() => pixelPredictionStep({ encoder: goldenEncoder, predictor: { ...predictor, outputDim: 32 } })).toThrow(
      "the predictor's output is 32 wide, but a patch has 384 values",
    );
  });
});
