import type { MovingObjectsFiles } from '@vjepa/benchmarks';
import type { Cell, Experiment } from './experiment.js';

const FILES: MovingObjectsFiles = {
  ...{ seed: 3, objects: 'shapes', size: 32, frames: 8 },
  counts: { train: 32, val: 16, test: 22 },
};

const attentive = (start: string, label: Cell['label'] = 'motion'): Cell => {
  return { start, method: 'attentive probe', label, share: 1 };
};

/** Everything that an experiment has, at a size that takes seconds and shows nothing. */
export const tinyExperiment: Experiment = {
  videos: { main: FILES, others: { ...FILES, seed: 4 }, still: { ...FILES, shown: 'frame' } },
  recipe: {
    model: 'vit_tiny',
    epochs: 2,
    stepsPerEpoch: 4,
    batchSize: 8,
    encoder: { imageSize: 32, patchSize: 8, numFrames: 4, tubeletSize: 2, embedDim: 24, depth: 2, numHeads: 2 },
    predictor: { embedDim: 12, depth: 1, numHeads: 2 },
    masks: {
      kind: 'multiblock3d',
      masks: [{ aspectRatio: [0.75, 1.5], numBlocks: 2, spatialScale: [0.15, 0.15], temporalScale: [1, 1] }],
    },
    clips: { frameStep: 2, workers: 1 },
    optimization: { warmupEpochs: 0.5 },
  },
  pretrainings: {
    'V-JEPA': {},
    mix: {
      data: [
        { videos: 'main', weight: 0.25 },
        { videos: 'others', weight: 0.75 },
      ],
    },
  },
  starts: {
    random: { kind: 'random' },
    'V-JEPA': { kind: 'pretrained', pretraining: 'V-JEPA', encoder: 'target' },
    'V-JEPA, half way': { kind: 'pretrained', pretraining: 'V-JEPA', encoder: 'context', quarters: 2 },
    mix: { kind: 'pretrained', pretraining: 'mix', encoder: 'target' },
    supervised: { kind: 'supervised', label: 'appearance' },
  },
  probe: {
    updates: 6,
    batchSize: 8,
    learningRates: { attentive: [1e-3, 1e-2], average: [1e-2] },
    weightDecays: [0.01, 0.5],
    crops: { most: 2, scale: [0.6, 1] },
  },
  endToEnd: {
    pretrained: { updates: 4, warmup: 0.25, training: { batchSize: 8, repeatedSampling: 1, learningRate: 1e-3 } },
    scratch: {
      updates: 4,
      warmup: 0.25,
      training: { batchSize: 8, repeatedSampling: 1, learningRate: 1e-3, layerDecay: 1 },
    },
  },
  comparisons: [
    {
      title: 'Starts',
      about: 'Whether everything runs.',
      cells: [
        ...['random', 'V-JEPA', 'V-JEPA, half way', 'mix', 'supervised'].map((start) => attentive(start)),
        { ...attentive('V-JEPA', 'appearance'), method: 'average probe', share: 0.5 },
        { ...attentive('V-JEPA'), method: 'end to end' },
        { ...attentive('random'), method: 'end to end', videos: 'still' },
      ],
      claims: [
        {
          claim: 'Pretraining helps.',
          source: 'nowhere',
          contrast: [
            { weight: 1, cell: attentive('V-JEPA') },
            { weight: -1, cell: attentive('random') },
          ],
        },
      ],
    },
  ],
  seeds: [0],
};
