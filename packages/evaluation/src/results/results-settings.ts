import type { MovingShapesFiles } from '@vjepa/benchmarks';

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
