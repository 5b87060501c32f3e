import type * as tf from '@tensorflow/tfjs-core';
import { type FeedTree, flatten, type HostTensor, type StepFunction, toTensors } from '@vjepa/engine';
import { useBackend } from '@vjepa/test-kit/backends';
import { runStep } from '@vjepa/test-kit/run-step';
import {
  initializeEncoder,
  initializePredictor,
  initializeVjepa2Encoder,
  initializeVjepa2Predictor,
  predictorConfig,
  vjepa21EncoderConfig,
  vjepa21PredictorConfig,
} from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  initialGradients,
  initialPretrainingState,
  type PretrainingState,
  pixelPredictionStep,
  pixelPredictorConfig,
  pretrainingStep,
  vjepa2PretrainingStep,
} from './index.js';
import { clipsOf, encoder, generator, mask } from './small-pretraining.fixture.js';

const B = 4;
const SIZES = { embedDim: 16, depth: 1, numMaskTokens: 2 };

type AnyStep = StepFunction<PretrainingState, Record<string, unknown>, Record<string, tf.Tensor>>;

function first() {
  const predictor = predictorConfig(encoder, SIZES);
  const random = generator(1);
  const models = { encoder: initializeEncoder(encoder, random), predictor: initializePredictor(predictor, random) };
  return { step: pretrainingStep({ encoder, predictor, regularizerCoefficient: 0.5 }), models };
}

function pixels() {
  const predictor = pixelPredictorConfig(encoder, SIZES);
  const random = generator(1);
  const models = { encoder: initializeEncoder(encoder, random), predictor: initializePredictor(predictor, random) };
  return { step: pixelPredictionStep({ encoder, predictor }), models };
}

function dense() {
  const sizes = { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 24, depth: 2, numHeads: 2 };
  const encoder = vjepa21EncoderConfig('vit_tiny', { ...sizes, normLayers: [0, 1] });
  const predictor = vjepa21PredictorConfig(encoder, { ...SIZES, numHeads: 2 });
  const random = generator(1);
  const models = {
    encoder: initializeVjepa2Encoder(encoder, random),
    predictor: initializeVjepa2Predictor(predictor, random),
  };
  return { step: vjepa2PretrainingStep({ encoder, predictor }), models };
}

const whole = {
  clips: clipsOf(generator(7), B),
  context: [mask(10, 0, B), mask(6, 1, B)],
  target: [mask(12, 3, B), mask(18, 7, B)],
};
const scheduled = { learningRate: 1e-3, weightDecay: 0.05, momentum: 0.9, clipNorm: 0.5, step: 1 };

/** Clips `from` to `to` of the batch. */
function part(from: number, to: number) {
  const rows = ({ shape: [, ...each], data }: HostTensor): HostTensor => {
    const size = each.reduce((product, length) => product * length, 1);
    return { shape: [to - from, ...each], data: data.subarray(from * size, to * size) };
  };
  return { clips: rows(whole.clips), context: whole.context.map(rows), target: whole.target.map(rows) };
}

type Fed = Partial<typeof whole> & Record<string, unknown>;

const grouped = ({ clips, context, target, ...rest }: Fed): Fed => ({
  ...rest,
  groups: [{ clips, context, target, contextWeight: 0.5 }],
});
const asIs = (inputs: Fed): Fed => inputs;

describe('a batch that comes in parts', () => {
  beforeAll(() => useBackend('wasm'));

  it.each([
    ['V-JEPA', first, asIs],
    ['V-JEPA 2.1', dense, grouped],
    ['pixels', pixels, asIs],
  ] as const)('is the whole batch: %s', (_, make, fed) => {
    const { step, models } = make();
    const run = (state: PretrainingState, inputs: Fed) =>
      runStep(step as unknown as AnyStep, state, toTensors(fed(inputs) as FeedTree<object>) as Record<string, unknown>);
    const begin = (): PretrainingState => toTensors(initialPretrainingState(models));
    const expected = run(begin(), { ...whole, ...scheduled });

    // Parts of 1, 1 and 2 clips.
    const state: PretrainingState = { ...begin(), ...toTensors(initialGradients(models)) };
    const before = valuesOf(state);
    const one = run(state, { ...part(0, 1), share: 0.25 });
    const two = run(one.state, { ...part(1, 2), share: 0.25 });
    const between = valuesOf(two.state);
    for (const [name, values] of Object.entries(before)) {
      if (!name.startsWith('gradient.')) expect(between[name], name).toEqual(values);
    }
    const last = run(two.state, { ...part(2, 4), share: 0.5, ...scheduled });

    const loss = (one.outputs.loss! + two.outputs.loss! + 2 * last.outputs.loss!) / 4;
    expect(loss).toBeCloseTo(expected.outputs.loss!, 5);
    for (const norm of ['encoder_grad_norm', 'predictor_grad_norm']) {
      expect(last.outputs[norm]!).toBeCloseTo(expected.outputs[norm]!, 5);
    }
    const [found, wanted] = [valuesOf(last.state), valuesOf(expected.state)];
    for (const [name, values] of Object.entries(wanted)) {
      // The moments tell the gradient itself; AdamW's first update is its sign, and amplifies what is rounding.
      const limit = name.startsWith('exp_avg') ? 1e-4 * largestDifference(values, [0]) + 1e-8 : 2.1e-3;
      expect(largestDifference(found[name]!, values), name).toBeLessThan(limit);
    }
    for (const [name, sums] of Object.entries(found)) {
      if (name.startsWith('gradient.')) expect(largestDifference(sums, [0]), name).toBe(0);
    }
  });

  it('needs sums', () => {
    const { step, models } = first();
    const inputs = toTensors({ ...part(0, 2), share: 0.5 }) as never;
    expect(() => runStep(step as unknown as AnyStep, toTensors(initialPretrainingState(models)), inputs)).toThrow(
      "the step needs the state 'gradient', where a batch comes in parts",
    );
  });
});

const valuesOf = (state: PretrainingState): Record<string, number[]> =>
  Object.fromEntries(Object.entries(flatten<tf.Tensor>(state)).map(([name, x]) => [name, Array.from(x.dataSync())]));

/** @param b one number may stand for all */
function largestDifference(a: readonly number[], b: readonly number[]): number {
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? b[0]!))), 0);
}
