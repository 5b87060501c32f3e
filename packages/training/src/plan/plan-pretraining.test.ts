import { describe, expect, it } from 'vitest';
import { describeModel, summarizeModel } from './model-summary.js';
import { planPretraining } from './plan-pretraining.js';
import type { PretrainingSettings } from './pretraining-settings.js';

const planned = (settings: Partial<PretrainingSettings> = {}) =>
  planPretraining({ videos: 'videos', model: 'vit_large', epochs: 300, ...settings });
const summary = (settings: Partial<PretrainingSettings> = {}) => {
  const plan = planned(settings);
  return summarizeModel(plan.settings.model, plan);
};

describe('planPretraining', () => {
  // Parameter counts of the published models (position tables, which are frozen, not counted).
  it.each([
    [{}, 303_885_312, 22_082_944, 1568],
    [{ model: 'vit_huge' }, 631_648_000, 22_279_808, 1568],
    [{ model: 'vit_huge', encoder: { imageSize: 384 } }, 631_648_000, 22_279_808, 4608],
  ])('plans the published model of %j', (settings, encoderParameters, predictorParameters, tokens) => {
    expect(summary(settings)).toMatchObject({ encoderParameters, predictorParameters, tokens });
  });

  it('says the model in words', () => {
    expect(describeModel(summary())[0]).toMatch(/vit_large: 24 blocks.*303,885,312 parameters/);
    expect(describeModel(summary())[2]).toBe('clip       16 frames of 224 x 224: 1,568 tokens (8 x 14 x 14)');
  });

  it('takes undefined for the default, in every group', () => {
    const none = { clips: { frameStep: undefined }, optimization: { clipNorm: undefined }, batchSize: undefined };
    expect(planned(none).settings).toEqual(planned().settings);
    expect(planned().settings).toMatchObject({
      batchSize: 24,
      clips: { frameStep: 4 },
      optimization: { clipNorm: 10 },
    });
  });

  it('gives the predictor as many heads as the encoder and one mask token per mask', () => {
    expect(planned().predictor).toMatchObject({ numHeads: 16, numMaskTokens: 2, depth: 12 });
  });

  it('draws its initial state from the seed', () => {
    const encoder = { imageSize: 32, patchSize: 8, embedDim: 24, depth: 1 };
    const tiny = { encoder, predictor: { embedDim: 12, depth: 1 }, model: 'vit_tiny' };
    expect(planned(tiny).initialState()).toEqual(planned(tiny).initialState());
    expect(planned({ ...tiny, seed: 1 }).initialState()).not.toEqual(planned(tiny).initialState());
  });

  it('draws larger first weights for narrow models on request, of encoder and predictor by their own widths', () => {
    const encoder = { imageSize: 32, patchSize: 8, embedDim: 64, depth: 1, numHeads: 2 };
    const narrow = { encoder, predictor: { embedDim: 16, depth: 1, numHeads: 2 }, model: 'vit_tiny' };
    const first = planned(narrow).initialState();
    const wide = planned({ ...narrow, initialDeviation: 'by width' as const }).initialState();
    const ratio = (model: 'encoder' | 'predictor', name: string) =>
      Number(wide[model][name]!.data[5]) / Number(first[model][name]!.data[5]);
    expect(ratio('encoder', 'blocks.0.mlp.fc1.weight')).toBeCloseTo(4, 5);
    expect(ratio('predictor', 'predictor_blocks.0.mlp.fc1.weight')).toBeCloseTo(8, 5);
    const alone = planned({ ...narrow, predictorInitialDeviation: 'by width' as const }).initialState();
    expect(alone).toEqual({ ...first, predictor: wide.predictor });
  });

  it.each([
    [{ encoder: { numHeads: 7 } }, /cannot be built.*7 heads/],
    [{ encoder: { imageSize: 225 } }, /`encoder\.imageSize`: expected a multiple of the patches' side, 16, found 225/],
    [{ encoder: { numFrames: 15 } }, /`encoder\.numFrames`: expected a multiple/],
    [
      { predictorInitialDeviation: -1 },
      /`predictorInitialDeviation`: expected a number above 0, or 'by width', found -1/,
    ],
    [{ initialDeviation: 0 }, /`initialDeviation`: expected a number above 0, or 'by width', found 0/],
    [{ batchSize: 0 }, /`batchSize`: expected a whole number of at least 1, found 0/],
    [{ epochs: 1.5 }, /`epochs`: expected a whole number/],
    [{ checkpoints: { every: 0 } }, /`checkpoints\.every`: expected a whole number of at least 1, found 0/],
    [{ limits: { badVideos: 5 } }, /`limits\.badVideos`: expected a share from 0 to 1, found 5/],
    [{ videos: [] }, /`videos`: expected a folder/],
    [{ videos: undefined }, /`videos`: expected a folder .*, found undefined/],
    [{ videos: 5 }, /`videos`: expected a folder .*, found 5/],
    [{ model: undefined }, /`model`: expected the name of an encoder, such as vit_large, found undefined/],
    [{ masks: [] }, /`masks`: expected .*, found \[\]/],
    [{ seed: 'a' }, /`seed`: expected a number, found "a"/],
    [
      { optimization: { learningRate: 1e-3 } },
      /`optimization\.learningRate\.start`: expected a number, found undefined/,
    ],
    [
      { optimization: { predictorLearningRateScale: Number.NaN } },
      /`optimization\.predictorLearningRateScale`: expected a number, found NaN/,
    ],
    [{ optimization: { clipNorm: '10' } }, /`optimization\.clipNorm`: expected a number, found "10"/],
    [
      { optimization: { accumulationSteps: 5 } },
      /`optimization\.accumulationSteps`: expected a divisor of the step's 24 clips, found 5/,
    ],
    [
      { optimization: { accumulationSteps: 2, lossGuard: { deviations: 3 } } },
      /`optimization\.accumulationSteps`: expected 1 with a loss guard, .*, found 2/,
    ],
    [{ objective: 'pixels' }, /`objective`: expected an object of settings, found "pixels"/],
    [{ clips: null }, /`clips`: expected an object of settings, found null/],
    [{ clips: { fraction: '0.5' } }, /`clips\.fraction`: expected a number, found "0\.5"/],
    [{ precision: 'fp16' }, /`precision`: expected 'float32' or 'bfloat16', found "fp16"/],
    [{ clips: { weights: [1, 2] } }, /`clips\.weights`: expected one weight for each of the 1 videos/],
    [{ videos: ['a.tar', 'b.csv'] }, /`videos`: tar shards are read one after the other/],
  ])('refuses %j', (settings, message) => {
    expect(() => planned(settings as Partial<PretrainingSettings>)).toThrow(message);
  });
});
