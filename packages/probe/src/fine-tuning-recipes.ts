import type { MixSettings } from './mix.js';

/** How the paper fine-tunes one encoder on one dataset; learning rates are for the given batch size. */
export interface FineTuningRecipe {
  encoder: 'vit_large' | 'vit_huge';
  dataset: 'kinetics-400' | 'something-something-v2';
  /** Stochastic depth of the last block. */
  dropPath: number;
  headDropout: number;
  batchSize: number;
  epochs: number;
  warmupEpochs: number;
  learningRate: number;
  warmupLearningRate: number;
  finalLearningRate: number;
  horizontalFlip: boolean;
  /** Evaluation: temporal clips and spatial crops. */
  testSegments: number;
  testViews: number;
  weightDecay: number;
  layerDecay: number;
  labelSmoothing: number;
  /** How many times each video is in a batch, augmented differently. */
  repeatedSampling: number;
  mix: MixSettings;
  numFrames: number;
  frameStep: number;
  imageSize: number;
  /** RandAugment as `rand-m<magnitude>-n<operations>-mstd<deviation>-inc<1>`. */
  autoAugment: string;
  colorJitter: number;
  randomErasing: { probability: number; mode: 'pixel'; count: number };
  interpolation: 'bicubic';
}

const COMMON = {
  warmupEpochs: 5,
  weightDecay: 0.05,
  layerDecay: 0.75,
  labelSmoothing: 0.1,
  repeatedSampling: 2,
  mix: { mixup: 0.8, cutmix: 1, probability: 1, switchProbability: 0.5 },
  numFrames: 16,
  frameStep: 4,
  imageSize: 224,
  autoAugment: 'rand-m7-n4-mstd0.5-inc1',
  colorJitter: 0.4,
  randomErasing: { probability: 0.25, mode: 'pixel', count: 1 },
  interpolation: 'bicubic',
} as const;

const KINETICS = {
  dataset: 'kinetics-400',
  horizontalFlip: true,
  testSegments: 5,
  testViews: 3,
  headDropout: 0,
} as const;
const SOMETHING = {
  dataset: 'something-something-v2',
  horizontalFlip: false,
  testSegments: 2,
  testViews: 3,
  headDropout: 0.5,
} as const;

/** The fine-tuning settings of V-JEPA's appendix (the VideoMAE protocol). */
export const fineTuningRecipes: readonly FineTuningRecipe[] = [
  {
    ...COMMON,
    ...KINETICS,
    encoder: 'vit_large',
    dropPath: 0.1,
    batchSize: 256,
    epochs: 35,
    learningRate: 2e-3,
    warmupLearningRate: 1e-6,
    finalLearningRate: 1e-6,
  },
  {
    ...COMMON,
    ...KINETICS,
    encoder: 'vit_huge',
    dropPath: 0.2,
    batchSize: 1024,
    epochs: 25,
    learningRate: 5e-4,
    warmupLearningRate: 1e-8,
    finalLearningRate: 1e-5,
  },
  {
    ...COMMON,
    ...SOMETHING,
    encoder: 'vit_large',
    dropPath: 0.2,
    batchSize: 256,
    epochs: 15,
    learningRate: 5e-4,
    warmupLearningRate: 1e-6,
    finalLearningRate: 1.5e-4,
  },
  {
    ...COMMON,
    ...SOMETHING,
    encoder: 'vit_huge',
    dropPath: 0.2,
    batchSize: 256,
    epochs: 15,
    learningRate: 5e-4,
    warmupLearningRate: 1e-6,
    finalLearningRate: 1.5e-3,
  },
];
