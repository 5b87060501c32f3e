import { bindStep, flatten, type HostTensor, type StepFunction } from '@vjepa/engine';
import { type CompiledFunction, findTensorFlow, loadTensorFlow } from '@vjepa/tensorflow';
import { initializeEncoder, initializePredictor, predictorConfig } from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import {
  initialPretrainingState,
  type PixelPredictionConfig,
  type PixelPredictionOutputs,
  type PretrainingInputs,
  type PretrainingState,
  pixelPredictionStep,
  pixelPredictorConfig,
  pretrainingStep,
} from './index.js';
import { clipsOf, encoder, generator, mask } from './small-pretraining.fixture.js';

// Most of a test's time would be LLVM's; it is the translation that is tested.
process.env.XLA_FLAGS ??= '--xla_backend_optimization_level=0';

const found = await findTensorFlow();
if (found === undefined) console.warn('no TensorFlow is installed: tests that need it are skipped');

type Flat = Record<string, HostTensor>;
const flatHost = (tree: object): Flat => flatten<HostTensor>(tree);

/** The step of pixels, which leaves a target encoder alone that is empty. */
function pixels(
  config: PixelPredictionConfig,
): StepFunction<PretrainingState, PretrainingInputs, PixelPredictionOutputs> {
  const step = pixelPredictionStep(config);
  return (state, inputs) => step(state, inputs);
}

describe.skipIf(found === undefined)('the pretraining step compiled by XLA', () => {
  it.each([
    // Masks that have nothing to do with each other are done one after the other.
    ['one mask, and the regulariser', 1, 0.5],
    ['two masks', 2, 0],
    ['two masks that the regulariser ties to each other', 2, 0.5],
    ['two masks of pixels', 2, 'pixels'],
  ] as const)(
    'is the ordinary one for all mask lengths, compiled for few sizes: %s',
    {
      timeout: 300_000,
    },
    async (_name, numMasks, objective) => {
      const runtime = await loadTensorFlow();
      const sizes = { embedDim: 12, depth: 1, numMaskTokens: numMasks };
      const ofPixels = objective === 'pixels';
      const predictor = ofPixels ? pixelPredictorConfig(encoder, sizes) : predictorConfig(encoder, sizes);
      const step = ofPixels
        ? pixels({ encoder, predictor, statistics: true, normalizePatches: true })
        : pretrainingStep({ encoder, predictor, statistics: true, regularizerCoefficient: objective });
      const random = generator(1);
      const state = initialPretrainingState({
        encoder: initializeEncoder(encoder, random),
        predictor: initializePredictor(predictor, random),
        ...(ofPixels && { targetEncoder: {} }),
      });
      const clips = clipsOf(random);
      const compiled: CompiledFunction[] = [];
      const [ordinary, xla] = [false, true].map((xla) =>
        bindStep(step, state, (flat, state) => {
          compiled.push(runtime.compile(flat, { state, xla, device: '/device:CPU:0' }));
          return compiled.at(-1)!;
        }),
      );
      const schedule = { learningRate: 1e-3, weightDecay: 0.05, momentum: 0.99, clipNorm: 0.1 };
      for (const [t, [context, target]] of (
        [
          [10, 18],
          [11, 12],
          [3, 20],
          [12, 1 + 16],
        ] as const
      ).entries()) {
        const inputs = {
          clips,
          context: Array.from({ length: numMasks }, (_, i) => mask(context, t + i)),
          target: Array.from({ length: numMasks }, (_, i) => mask(target, t + i + 3)),
          ...schedule,
          step: t + 1,
        };
        const [expected, actual] = [await ordinary!(inputs), await xla!(inputs)].map(flatHost) as [Flat, Flat];
        expect(Object.keys(actual)).toEqual(Object.keys(expected));
        for (const [name, { data }] of Object.entries(expected)) {
          const value = Number(data[0]);
          const difference = Math.abs(Number(actual[name]!.data[0]) - value);
          expect(difference / Math.max(Math.abs(value), 1e-4), `${name}, step ${t + 1}`).toBeLessThan(1e-3);
        }
      }
      const [expected, actual] = [await ordinary!.readState(), await xla!.readState()].map(flatHost) as [Flat, Flat];
      for (const [name, { data }] of Object.entries(expected)) {
        const values = Array.from(data, Number);
        const largest = Math.max(1e-6, ...values.map(Math.abs));
        const differences = values.map((value, i) => Math.abs(value - Number(actual[name]!.data[i])));
        expect(Math.max(...differences) / largest, name).toBeLessThan(1e-3);
      }
      expect(compiled.map(({ compilations }) => compilations)).toEqual([1, 1]);
      ordinary!.dispose();
      xla!.dispose();
    },
  );
});
