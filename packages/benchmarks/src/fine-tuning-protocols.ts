/** End-to-end fine-tuning as the paper does it (after VideoMAE). */
export interface FineTuningProtocol {
  benchmark: 'kinetics-400' | 'something-something-v2';
  model: 'vit_large' | 'vit_huge';
  dropPath: number;
  headDropout: number;
  batch: number;
  epochs: number;
  warmupEpochs: number;
  learningRate: number;
  warmupLearningRate: number;
  finalLearningRate: number;
  horizontalFlip: boolean;
  /** Clips × crops per video at test time. */
  testSegments: number;
  testCrops: number;
}

/** Settings that all four runs share. */
export const FINE_TUNING_COMMON = {
  resolution: 224,
  framesPerClip: 16,
  frameStep: 4,
  trainSegments: 1,
  optimizer: 'AdamW',
  epsilon: 1e-8,
  weightDecay: 0.05,
  layerDecay: 0.75,
  colourJitter: 0.4,
  /** Augmented copies of each video in a batch. */
  repeatedSampling: 2,
  augmentation: 'rand-m7-n4-mstd0.5-inc1',
  labelSmoothing: 0.1,
  interpolation: 'bicubic',
  randomErasing: { probability: 0.25, mode: 'pixel', count: 1 },
  mixup: 0.8,
  cutmix: 1.0,
  mixProbability: 1,
  mixSwitchProbability: 0.5,
  mixMode: 'batch',
} as const;

const KINETICS = { benchmark: 'kinetics-400', headDropout: 0, horizontalFlip: true, testSegments: 5 } as const;
const SOMETHING = {
  benchmark: 'something-something-v2',
  headDropout: 0.5,
  horizontalFlip: false,
  testSegments: 2,
} as const;

/** The paper's table of fine-tuning settings. */
export const FINE_TUNING_PROTOCOLS: readonly FineTuningProtocol[] = [
  {
    ...KINETICS,
    model: 'vit_large',
    dropPath: 0.1,
    batch: 256,
    epochs: 35,
    warmupEpochs: 5,
    learningRate: 2e-3,
    warmupLearningRate: 1e-6,
    finalLearningRate: 1e-6,
    testCrops: 3,
  },
  {
    ...KINETICS,
    model: 'vit_huge',
    dropPath: 0.2,
    batch: 1024,
    epochs: 25,
    warmupEpochs: 5,
    learningRate: 5e-4,
    warmupLearningRate: 1e-8,
    finalLearningRate: 1e-5,
    testCrops: 3,
  },
  {
    ...SOMETHING,
    model: 'vit_large',
    dropPath: 0.2,
    batch: 256,
    epochs: 15,
    warmupEpochs: 5,
    learningRate: 5e-4,
    warmupLearningRate: 1e-6,
    finalLearningRate: 1.5e-4,
    testCrops: 3,
  },
  {
    ...SOMETHING,
    model: 'vit_huge',
    dropPath: 0.2,
    batch: 256,
    epochs: 15,
    warmupEpochs: 5,
    learningRate: 5e-4,
    warmupLearningRate: 1e-6,
    // As printed, above the peak; 1.5e-4, as for ViT-L, may be meant.
    finalLearningRate: 1.5e-3,
    testCrops: 3,
  },
];
