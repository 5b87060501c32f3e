import type { Experiment } from './experiment.js';
import { type PaperExperimentOptions, paperExperiment } from './paper-experiment.js';

/** What of the paper's experiment a size decides. */
type Sizes = Pick<PaperExperimentOptions, 'benchmark' | 'baselineVideos' | 'length' | 'probe' | 'endToEnd'>;

/** Objects keep to their side, and colours to their labels: nothing that a label says may be augmented away. */
const augmentation = { flip: false, randAugment: false, scale: [0.7, 1], erasingProbability: 0 } as const;

/** Trained end to end, but for updates and the decay of rates from layer to layer. */
const common = { warmup: 0.1, precision: 'bfloat16', augmentation } as const;

const training = {
  ...{ batchSize: 32, repeatedSampling: 1, learningRate: 1e-3, startLearningRate: 1e-6, finalLearningRate: 1e-6 },
  ...{ weightDecay: 0.05, dropPath: 0, mixup: 0, cutmix: 0, labelSmoothing: 0.1 },
};

/** So that fewer labels are not fewer clips. */
const crops = { most: 4, scale: [0.6, 1] } as const;

/**
 * For two cores: the benchmark and everything that learns from its labels.
 *
 * A probe of too few updates stays where the thing's way in the frame is known and the camera's is not, at about one half of the
 * motions, whatever is frozen beneath it; 3,000 of 32 videos come past it where there is something to read.
 */
export const LAPTOP_SIZES: Readonly<Record<'core' | 'full', Sizes>> = {
  core: {
    length: 0.5,
    benchmark: { seed: 65_537, size: 48, counts: { train: 16_000, val: 500, test: 1000 } },
    baselineVideos: 2000,
    probe: {
      ...{ updates: 3000, batchSize: 32, weightDecays: [0.5, 2], crops, precision: 'bfloat16' },
      learningRates: { attentive: [3e-3, 1e-3], average: [1e-2, 3e-3] },
    },
    endToEnd: {
      pretrained: { ...common, updates: 1500, training: { ...training, layerDecay: 0.75 } },
      scratch: { ...common, updates: 1200, training: { ...training, layerDecay: 1 } },
    },
  },
  full: {
    length: 1,
    benchmark: { seed: 65_537, size: 48, counts: { train: 16_000, val: 500, test: 1000 } },
    probe: {
      ...{ updates: 4000, batchSize: 32, weightDecays: [0.1, 0.5, 2], crops, precision: 'bfloat16' },
      learningRates: { attentive: [3e-3, 1e-3], average: [3e-2, 1e-2, 3e-3] },
    },
    endToEnd: {
      pretrained: { ...common, updates: 3000, training: { ...training, layerDecay: 0.75 } },
      scratch: { ...common, updates: 5000, training: { ...training, layerDecay: 1 } },
    },
  },
};

/** All comparisons at a size that takes minutes, most of them compilation: that everything runs, and nothing else. */
export function smokeExperiment(seeds: readonly number[]): Experiment {
  const endToEnd = { updates: 4, warmup: 0.25, training: { ...training, batchSize: 8 }, augmentation };
  const block = { aspectRatio: [0.75, 1.5], temporalScale: [1, 1] } as const;
  return paperExperiment({
    benchmark: { seed: 1, objects: 'shapes', size: 32, frames: 8, counts: { train: 48, val: 24, test: 48 } },
    others: { objects: 'shapes' },
    recipe: {
      ...{ model: 'vit_tiny', epochs: 2, stepsPerEpoch: 4, batchSize: 8 },
      encoder: { imageSize: 32, patchSize: 8, numFrames: 4, tubeletSize: 2, embedDim: 24, depth: 2, numHeads: 2 },
      predictor: { embedDim: 12, depth: 1, numHeads: 2 },
      masks: {
        kind: 'multiblock3d',
        masks: [
          { ...block, numBlocks: 4, spatialScale: [0.15, 0.15] },
          { ...block, numBlocks: 1, spatialScale: [0.5, 0.5] },
        ],
      },
      clips: { frameStep: 2 },
      optimization: { warmupEpochs: 0.5 },
    },
    probe: {
      updates: 4,
      batchSize: 8,
      weightDecays: [0.01],
      crops,
      learningRates: { attentive: [1e-3, 1e-2], average: [1e-2] },
    },
    endToEnd: { pretrained: endToEnd, scratch: endToEnd },
    ...{ seeds, scope: 'full' },
  });
}
