import type { MovingShapesFiles } from '@vjepa/benchmarks';
import type { EncoderConfig } from '@vjepa/vit';
import type { EvaluationSettings } from '../evaluate/evaluation-plan.js';
import type { LabelledVideos } from '../evaluate/labelled-set.js';
import type { FineTuningSettings } from '../finetune/fine-tuning-plan.js';

/** The sizes of the generated benchmark: pretraining, probes and fine-tuning on videos of moving shapes. */
export interface ResultsSettings {
  /** Videos to pretrain on, which are also those the probes train on. */
  train: number;
  /** Videos that choose each probe's learning rate. */
  validation: number;
  /** Videos that are looked at once, by the chosen probe. */
  test: number;
  seeds: number;
  pretrainSteps: number;
  /** Updates of every probe, whatever its share of the labels. */
  probeUpdates: number;
  fineTuneEpochs: number;
}

/** About half an hour on two cores of a current server. */
export const fullExperiment: ResultsSettings = {
  train: 1024,
  validation: 256,
  test: 512,
  seeds: 3,
  pretrainSteps: 1000,
  probeUpdates: 800,
  fineTuneEpochs: 4,
};

/** A few minutes, most of them compilation: shows that everything runs, and nothing else. */
export const smokeExperiment: ResultsSettings = {
  train: 64,
  validation: 32,
  test: 64,
  seeds: 2,
  pretrainSteps: 10,
  probeUpdates: 4,
  fineTuneEpochs: 1,
};

/** What the videos are labelled by, each independently of the other. */
export const LABEL_KINDS = ['appearance', 'motion'] as const;
/** One of them. */
export type LabelKind = (typeof LABEL_KINDS)[number];

/** Shares of the labels, as the paper has them, and all. */
export const FRACTIONS = [0.05, 0.1, 0.5, 1] as const;

/** Shapes that fill much of a small frame. */
const large = { radius: [0.3, 0.4] as const };

/** 4 textures of a square are 4 appearances, 4 directions are 4 motions; every pair comes equally often. */
export function resultsVideos({ train, validation, test }: ResultsSettings): MovingShapesFiles {
  return {
    seed: 2025,
    size: 64,
    frames: 16,
    shapes: ['square'],
    textures: ['stripes', 'checks', 'dots', 'rings'],
    directions: ['right', 'left', 'up', 'down'],
    speeds: ['fast'],
    rotations: ['none'],
    orders: ['none'],
    background: 'plain',
    distractors: 0,
    ...large,
    counts: { train, val: validation, test },
  };
}

/** A pretrained encoder, the clips it is used with, and labelled videos. */
export interface ResultsTask {
  encoder: EncoderConfig;
  /** The file of its parameters. */
  checkpoint: string;
  frameStep: number;
  data: LabelledVideos;
  /** Draws the labelled videos and the first probe. */
  seed: number;
}

/** Tried on the validation videos: the paper's for attentive probes, higher ones for a single linear layer. */
const PROBE_RATES = { attentive: [3e-3, 1e-3], average: [3e-2, 1e-2, 3e-3] } as const;

const BATCH = 16;

/**
 * A frozen evaluation: one clip, one view. Probes of several learning rates are read off after their last epoch; the
 * one that is best on the validation videos is asked about the test videos.
 *
 * @param fraction share of the labels
 */
export function resultsEvaluation(
  { train, probeUpdates }: ResultsSettings,
  { encoder, checkpoint, frameStep, data, seed }: ResultsTask,
  pooling: 'attentive' | 'average',
  fraction: number,
): EvaluationSettings {
  const epochs = Math.ceil(probeUpdates / Math.ceil((fraction * train) / BATCH));
  return {
    ...{ encoder, checkpoint, data, seed },
    clips: { frameStep, attendAcrossSegments: true },
    probe: { pooling },
    training: {
      epochs,
      batchSize: BATCH,
      learningRate: 1e-3,
      startLearningRate: 1e-3,
      finalLearningRate: 0,
      weightDecay: 0.01,
    },
    sweep: { learningRates: PROBE_RATES[pooling] },
    lowShot: { fractions: [fraction], seeds: [seed] },
    validateEvery: epochs,
  };
}

/**
 * Fine-tuning on all labels; nothing is chosen, so the test videos are to be asked directly, as validation. No mirror
 * images, and crops that keep the shape: both would change the labels.
 */
export function resultsFineTuning(
  { fineTuneEpochs: epochs }: ResultsSettings,
  { encoder, checkpoint, frameStep, data, seed }: ResultsTask,
): FineTuningSettings {
  return {
    ...{ encoder, checkpoint, data, seed },
    clips: { frameStep },
    head: { pooling: 'average' },
    augmentation: { flip: false, randAugment: false, scale: [0.6, 1], erasingProbability: 0 },
    training: {
      epochs,
      batchSize: BATCH,
      repeatedSampling: 1,
      learningRate: 1e-3,
      startLearningRate: 1e-5,
      finalLearningRate: 1e-6,
      warmupEpochs: 1,
      weightDecay: 0.05,
      layerDecay: 0.75,
      dropPath: 0,
      mixup: 0,
      cutmix: 0,
    },
    validateEvery: epochs,
    tag: 'probe',
  };
}
