import type { MaskSamplerOptions } from '@vjepa/masks';
import { ADAMW_DEFAULTS, type AdamWSettings } from '@vjepa/optim';
import type { ClipLoaderOptions, PretrainingTransformSettings } from '@vjepa/video';
import {
  definedFields,
  type EncoderConfig,
  type EncoderName,
  type InitialDeviation,
  type Overrides,
  type PredictorConfig,
  type Recompute,
} from '@vjepa/vit';
import { unfitSetting } from '../require-setting.js';

/** Which clips are cut from the videos, and how they are read. */
export interface ClipReading {
  /** Frames of the video per frame of the clip. Default 4. */
  frameStep: number;
  /** Seconds that a clip spans; the frame step then follows from each video's own rate. Default: `frameStep` decides. */
  duration: number | undefined;
  /** Leave out videos that are shorter than a clip, instead of repeating their last frame. Default false. */
  rejectShort: boolean;
  /** Chance of a data set, one for each entry of `videos`. Default: every video equally often. */
  weights: readonly number[] | undefined;
  /**
   * The part of each list's videos that is used, drawn from the seed: of one seed a smaller part lies in a larger one.
   * Default 1, all.
   */
  fraction: number;
  /** Videos of tar shards that are held back to be drawn from. Default 1000. */
  shuffleBuffer: number;
  decoder: NonNullable<ClipLoaderOptions['decoder']>;
  /** Threads that decode, at most as many as there are cores. Default: one less than those. */
  workers: number | undefined;
  /** Limit for one clip, after which it counts as bad. Default 60,000. */
  timeLimitMs: number;
  /** What a video that cannot be read leads to. Default `replace`: another one stands in for it. */
  onBadVideo: 'replace' | 'error';
}

/** What is done to a clip: a random crop, by default 0.3 to 1 of a frame's area. */
export type ClipAugmentation = Omit<PretrainingTransformSettings, 'size' | 'normalization'>;

/** Masks, in the settings of @vjepa/masks; the grid follows from the encoder. */
export type MaskPlan = WithoutGrid<MaskSamplerOptions>;
type WithoutGrid<T> = T extends unknown ? Omit<T, 'grid'> : never;

/** What is minimised (V-JEPA, section 3.1). */
export interface Objective {
  /**
   * What is predicted. Default `features`, the target encoder's. `pixels` is the paper's comparison (section 4.1): the
   * mean squared error to the hidden patches, each normalised by its own mean and deviation, without a target encoder;
   * what it has learned is its one encoder.
   */
  targets: 'features' | 'pixels';
  /** p of the loss |z - h|^p / p of features. Default 1. */
  lossExponent: number;
  /** Weight of the variance regulariser of features. Default 0: it is recorded and not trained. */
  regularizerCoefficient: number;
}

/** Values that follow the step, and AdamW (V-JEPA, appendix on pretraining). */
export interface Optimization {
  /** From `start` to `reference` during the warm-up, then to `final`. Default 2e-4, 6.25e-4, 1e-6. */
  learningRate: { start: number; reference: number; final: number };
  /** Default: 2 epochs of 15, as 40 of the paper's 300. */
  warmupEpochs: number;
  /** Default 0.04 to 0.4. */
  weightDecay: { reference: number; final: number };
  /** Of the target encoder's moving average. Default 0.998 to 1. */
  momentum: { start: number; end: number };
  /** How much longer than the run the schedules are laid out. Default 1.25. */
  scheduleScale: number;
  /**
   * Factor of the predictor's learning rate. Default 1, as published. Narrow models on few videos need a predictor that keeps up
   * with its targets: 25 in `configs/pretrain/laptop.yaml` of the `vjepa` app. The reference has no such setting and goes on with
   * 1 from a checkpoint of its form.
   */
  predictorLearningRateScale: number;
  /** Norm that gradients are clipped to from the epoch after the warm-up; 0: not clipped. Default 10. */
  clipNorm: number;
  /** Default: PyTorch's. */
  adamW: AdamWSettings;
}

/** When the state is saved, and which of the files stay. */
export interface Checkpoints {
  /** Steps between two checkpoints. Default: an epoch. */
  every: number | undefined;
  /** Newest checkpoints kept. Default 2. */
  keep: number;
  /** Checkpoints at multiples of this many steps are kept for good. Default: none, or those of `keepEveryEpochs`. */
  keepEvery: number | undefined;
  keepEveryEpochs: number | undefined;
  /** Also write the newest state as the reference's `.pth.tar`. Default false. */
  reference: boolean;
}

/** Shares of all draws, 0..1, above which a run stops. */
export interface DrawLimits {
  /** Of videos that could not be used. Default 0.01. */
  badVideos: number;
  /** Of videos shorter than a clip. Default 0.5. */
  shortVideos: number;
}

/** All settings of a pretraining, with nothing left open but what follows from the videos. */
export interface FilledInSettings {
  videos: readonly string[];
  model: EncoderName | (string & {});
  epochs: number;
  stepsPerEpoch: number | undefined;
  batchSize: number;
  seed: number;
  precision: 'float32' | 'bfloat16';
  encoder: Overrides<EncoderConfig>;
  predictor: Overrides<Pick<PredictorConfig, 'embedDim' | 'depth' | 'numHeads' | 'zeroInitMaskTokens'>>;
  initialDeviation: InitialDeviation;
  predictorInitialDeviation: InitialDeviation;
  masks: MaskPlan;
  clips: ClipReading;
  augmentation: ClipAugmentation;
  objective: Objective;
  optimization: Optimization;
  recompute: Recompute;
  statistics: boolean;
  checkpoints: Checkpoints;
  limits: DrawLimits;
  progressEvery: number;
  tag: string;
  startFrom: string | undefined;
}

/**
 * A pretraining: videos, a model and a number of epochs; everything else has the paper's value (ViT-L/16 on VideoMix2M)
 * as its default.
 */
export interface PretrainingSettings {
  /** Folders of videos, lists of them (one line `path label` each) or tar shards; `*` and `{a,b}` stand for several. */
  videos: string | readonly string[];
  /** The encoder by name, `vit_tiny` to `vit_gigantic`; `encoder` overrides its sizes. */
  model: EncoderName | (string & {});
  epochs: number;
  /** Default: one pass over the videos. */
  stepsPerEpoch?: number | undefined;
  /** Clips of a step. Default 24. */
  batchSize?: number | undefined;
  /** Decides parameters, order, clips and masks. Default 234. */
  seed?: number | undefined;
  /** Operands of matrix products, where the engine can choose. Default float32. */
  precision?: 'float32' | 'bfloat16' | undefined;
  /** Sizes of the encoder and of its clips: by default 16 frames of 224 x 224. */
  encoder?: Overrides<EncoderConfig> | undefined;
  /** By default 12 blocks of width 384, with as many heads as the encoder. */
  predictor?: FilledInSettings['predictor'] | undefined;
  /** Of first weights: `by width` for models much narrower than ViT-L. Default 0.02, as published. */
  initialDeviation?: InitialDeviation | undefined;
  /**
   * Of the predictor's first weights. With more than 0.02 a narrow predictor attends to places sooner, and is past the mean of a
   * clip before its targets have collapsed. Default: as `initialDeviation`.
   */
  predictorInitialDeviation?: InitialDeviation | undefined;
  /** Default: 8 short-range blocks of 15 % of a frame, and 2 long-range blocks of 70 %. */
  masks?: MaskPlan | undefined;
  clips?: Overrides<ClipReading> | undefined;
  augmentation?: Overrides<ClipAugmentation> | undefined;
  objective?: Overrides<Objective> | undefined;
  optimization?: Overrides<Optimization> | undefined;
  /** What the backward pass computes again instead of keeping it. Default: nothing, `none`. */
  recompute?: Recompute | undefined;
  /** Record feature, parameter and update statistics with every step. Default true. */
  statistics?: boolean | undefined;
  checkpoints?: Overrides<Checkpoints> | undefined;
  limits?: Overrides<DrawLimits> | undefined;
  /** Steps between two progress lines. Default 10. */
  progressEvery?: number | undefined;
  /** The beginning of the names of the CSV log and the reference's checkpoint. Default `jepa`. */
  tag?: string | undefined;
  /** A checkpoint, of a run or of the reference, to begin with; looked for in the run's folder first. */
  startFrom?: string | undefined;
}

/** The masks of the paper (V-JEPA, section 3.2). */
const MULTI_BLOCK: MaskPlan = {
  kind: 'multiblock3d',
  masks: [
    { aspectRatio: [0.75, 1.5], numBlocks: 8, spatialScale: [0.15, 0.15], temporalScale: [1, 1] },
    { aspectRatio: [0.75, 1.5], numBlocks: 2, spatialScale: [0.7, 0.7], temporalScale: [1, 1] },
  ],
};

/** The settings with every default filled in. @throws InputError naming a group of settings that is no object */
export function filledInSettings(settings: PretrainingSettings): FilledInSettings {
  const { videos, model, epochs, precision = 'float32', recompute = 'none' } = settings;
  return {
    videos: typeof videos === 'string' ? [videos] : videos,
    model,
    epochs,
    stepsPerEpoch: settings.stepsPerEpoch,
    batchSize: settings.batchSize ?? 24,
    seed: settings.seed ?? 234,
    precision,
    encoder: settings.encoder ?? {},
    predictor: settings.predictor ?? {},
    initialDeviation: settings.initialDeviation ?? 0.02,
    predictorInitialDeviation: settings.predictorInitialDeviation ?? settings.initialDeviation ?? 0.02,
    masks: settings.masks ?? MULTI_BLOCK,
    clips: filled('clips', settings.clips, {
      frameStep: 4,
      duration: undefined,
      rejectShort: false,
      weights: undefined,
      fraction: 1,
      shuffleBuffer: 1000,
      decoder: 'auto',
      workers: undefined,
      timeLimitMs: 60_000,
      onBadVideo: 'replace',
    }),
    augmentation: filled<ClipAugmentation>('augmentation', settings.augmentation, {
      scale: [0.3, 1],
      aspectRatio: [0.75, 1.35],
      flipProbability: 0.5,
      motionShift: false,
      randAugment: false,
      erasingProbability: 0,
    }),
    objective: filled<Objective>('objective', settings.objective, {
      targets: 'features',
      lossExponent: 1,
      regularizerCoefficient: 0,
    }),
    optimization: filled('optimization', settings.optimization, {
      learningRate: { start: 2e-4, reference: 6.25e-4, final: 1e-6 },
      warmupEpochs: (40 / 300) * epochs,
      weightDecay: { reference: 0.04, final: 0.4 },
      momentum: { start: 0.998, end: 1 },
      scheduleScale: 1.25,
      predictorLearningRateScale: 1,
      clipNorm: 10,
      adamW: ADAMW_DEFAULTS,
    }),
    recompute,
    statistics: settings.statistics ?? true,
    checkpoints: filled('checkpoints', settings.checkpoints, {
      every: undefined,
      keep: 2,
      keepEvery: undefined,
      keepEveryEpochs: undefined,
      reference: false,
    }),
    limits: filled('limits', settings.limits, { badVideos: 0.01, shortVideos: 0.5 }),
    progressEvery: settings.progressEvery ?? 10,
    tag: settings.tag ?? 'jepa',
    startFrom: settings.startFrom,
  };
}

function filled<T extends object>(name: string, given: Overrides<T> = {}, defaults: T): T {
  // A bare value, such as the name of the targets, would be spread to nothing and the defaults be trained.
  if (given === null || typeof given !== 'object') throw unfitSetting(name, 'an object of settings', given);
  return { ...defaults, ...definedFields(given) };
}
