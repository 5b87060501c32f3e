import type { MaskSamplerOptions } from '@vjepa/masks';
import { ADAMW_DEFAULTS, type AdamWSettings } from '@vjepa/optim';
import type { ClipLoaderOptions, PretrainingTransformSettings } from '@vjepa/video';
import {
  type ClipEncoderName,
  definedFields,
  type EncoderConfig,
  type InitialDeviation,
  type ModelVersion,
  type Overrides,
  type PredictorConfig,
  type Recompute,
  splitEncoderName,
  type Vjepa2EncoderConfig,
  type Vjepa2PredictorConfig,
} from '@vjepa/vit';
import type { LossGuardSettings } from '../pretrain/loss-guard.js';
import { unfitSetting } from '../require-setting.js';

/** Which clips are cut from the videos, and how they are read. */
export interface ClipReading {
  /** Frames of the video per frame of the clip. Default 4. */
  frameStep: number;
  /** Seconds that a clip spans; the frame step then follows from each video's own rate. Default: `frameStep` decides. */
  duration: number | undefined;
  /** Frames of the clip per second of video, as V-JEPA 2 counts, in place of both. Default: 4 for V-JEPA 2, else none. */
  clipRate: number | undefined;
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
  /** Weight of the variance regulariser of features. Default 0: it is recorded and not trained. V-JEPA 2 has none. */
  regularizerCoefficient: number;
  /**
   * V-JEPA 2: which mask token stands for what is hidden. Default `group`, as published: all masks of clips of one length have
   * the first. `mask`: each mask its own, as in V-JEPA.
   */
  maskToken: 'group' | 'mask';
  /** V-JEPA 2.1: whether the loss of a visible token counts less the farther it is from what is hidden. Default true. */
  distanceWeights: boolean;
  /**
   * V-JEPA 2.1: lambda, the weight of the loss of visible tokens: 0 for `startEpochs`, then in a straight line to `weight` after
   * `endEpochs`; left open, constant. Default 0.5, after 15,000 and 30,000 of 135,000 steps, or as large a part of these; in a
   * cool-down from the first step.
   */
  contextWeight: { weight: number; startEpochs?: number | undefined; endEpochs?: number | undefined };
}

/** Values that follow the step, and AdamW (V-JEPA, appendix on pretraining). */
export interface Optimization {
  /**
   * From `start` to `reference` during the warm-up, then to `final`. Default 2e-4, 6.25e-4, 1e-6; of V-JEPA 2 1e-4 and then 5.25e-4
   * to the end.
   */
  learningRate: { start: number; reference: number; final: number };
  /**
   * How it goes to `final`: along half a `cosine`; or, `cool-down`, from the first step in a straight line and without a warm-up,
   * as V-JEPA 2 ends a pretraining at a constant rate with longer clips. Default `cosine`.
   */
  decay: 'cosine' | 'cool-down';
  /** Default: 2 epochs of 15, as 40 of the paper's 300; of V-JEPA 2 1 of 20. */
  warmupEpochs: number;
  /** Default 0.04 to 0.4; of V-JEPA 2 0.04. */
  weightDecay: { reference: number; final: number };
  /** Of the target encoder's moving average. Default 0.998 to 1; of V-JEPA 2 0.99925. */
  momentum: { start: number; end: number };
  /** How much longer than the run the schedules are laid out. Default 1.25. */
  scheduleScale: number;
  /**
   * Factor of the predictor's learning rate. Default 1, as published. Narrow models on few videos need a predictor that keeps up
   * with its targets: 25 in `configs/pretrain/laptop.yaml` of the `vjepa` app. The reference has no such setting and goes on with
   * 1 from a checkpoint of its form.
   */
  predictorLearningRateScale: number;
  /** Norm that gradients are clipped to from the epoch after the warm-up; 0: not clipped. Default 10; of V-JEPA 2 0. */
  clipNorm: number;
  /**
   * V-JEPA 2.1: a step whose loss lies so many `deviations` above the mean of the last `window` (300) losses changes nothing. Costs
   * memory for the state once more. Default: none.
   */
  lossGuard: LossGuardSettings | undefined;
  /**
   * Gradient accumulation: in how many equal parts the step has its clips, whose gradients are added up before the one update, in the
   * memory that a part takes. Statistics of features are means over the parts. Default 1.
   */
  accumulationSteps: number;
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

/** Sizes of the predictor that do not follow from the encoder. */
export type PredictorSettings = Overrides<
  Pick<PredictorConfig, 'embedDim' | 'depth' | 'numHeads' | 'zeroInitMaskTokens'> &
    Pick<Vjepa2PredictorConfig, 'numMaskTokens' | 'levels'>
>;

/** Clips that every step has beside the others (V-JEPA 2): of another length or size, or, of one frame, images (V-JEPA 2.1). */
export interface OtherClips {
  /** As the settings' own; of images folders of them, or lists. */
  videos: string | readonly string[];
  /** Frames of a clip, or 1: images. */
  numFrames: number;
  /** Side of a clip in pixels. Default: the encoder's. */
  imageSize?: number | undefined;
  /** Clips of a step. Both kinds weigh the same in the loss, however many there are. */
  batchSize: number;
  /** Default: those of the others; of images one of 10 blocks of 15 %. */
  masks?: MaskPlan | undefined;
  /** What is read otherwise. */
  clips?: Overrides<ClipReading> | undefined;
  /** What is done otherwise. */
  augmentation?: Overrides<ClipAugmentation> | undefined;
  /** V-JEPA 2.1: lambda of these, with the same course. Default: that of the others (its paper has 0.5 and for images 0.7). */
  contextWeight?: number | undefined;
}

/** Other clips, with every default filled in. */
export interface FilledOtherClips extends Required<Omit<OtherClips, 'videos' | 'clips' | 'augmentation'>> {
  videos: readonly string[];
  imageSize: number;
  masks: MaskPlan;
  clips: ClipReading;
  augmentation: ClipAugmentation;
  contextWeight: number;
}

/** All settings of a pretraining, with nothing left open but what follows from the videos. */
export interface FilledInSettings {
  videos: readonly string[];
  otherClips: readonly OtherClips[];
  model: ClipEncoderName | (string & {});
  epochs: number;
  stepsPerEpoch: number | undefined;
  batchSize: number;
  seed: number;
  precision: 'float32' | 'bfloat16';
  encoder: Overrides<EncoderConfig & Omit<Vjepa2EncoderConfig, 'version'>>;
  predictor: PredictorSettings;
  teacher: Vjepa2EncoderConfig | undefined;
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
  from: string | undefined;
}

/**
 * A pretraining: videos, a model and a number of epochs; everything else has the paper's value (ViT-L/16 on VideoMix2M)
 * as its default, or that of the papers of V-JEPA 2 and 2.1 where the model is theirs.
 */
export interface PretrainingSettings {
  /** Folders of videos, lists of them (one line `path label` each) or tar shards; `*` and `{a,b}` stand for several. */
  videos: string | readonly string[];
  /** V-JEPA 2: clips of other lengths, or images, that every step has as well. Default: none. */
  otherClips?: readonly OtherClips[] | undefined;
  /** The encoder by name, such as `vit_large`, `vjepa2_vit_large`, `vjepa2_1_vit_base`; `encoder` overrides its sizes. */
  model: ClipEncoderName | (string & {});
  epochs: number;
  /** Default: one pass over the videos. */
  stepsPerEpoch?: number | undefined;
  /** Clips of a step. Default 24. */
  batchSize?: number | undefined;
  /** Decides parameters, order, clips and masks. Default 234. */
  seed?: number | undefined;
  /** Operands of matrix products, where the engine can choose. Default float32. */
  precision?: 'float32' | 'bfloat16' | undefined;
  /** Sizes of the encoder and of its clips: by default 16 frames of 224 x 224, of V-JEPA 2 of 256 x 256. */
  encoder?: FilledInSettings['encoder'] | undefined;
  /**
   * By default 12 blocks of width 384, with as many heads as the encoder; of V-JEPA 2 with 12, of V-JEPA 2.1 24 blocks. `numMaskTokens`:
   * of V-JEPA one for each mask, and of V-JEPA 2 as many by default (released weights have 10 or 8). `levels`: of V-JEPA 2.1.
   */
  predictor?: FilledInSettings['predictor'] | undefined;
  /**
   * V-JEPA 2: a frozen encoder whose last features are predicted, as its distilled models are trained; `pretrain` is given its
   * parameters. Predictors are then of 12 blocks and predict one level. Default: none, the target encoder makes the targets.
   */
  teacher?: Vjepa2EncoderConfig | undefined;
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
  /** A checkpoint, of a run or of the reference, that is gone on with at its step; looked for in the run's folder first. */
  startFrom?: string | undefined;
  /**
   * A run's folder, a checkpoint of one, or one in the reference's form, whose weights this run begins with at its own first step:
   * a cool-down, or an adaptation to other videos. AdamW's moments come along where the file has them.
   */
  from?: string | undefined;
}

/** The masks of images (V-JEPA 2.1). */
const IMAGE_BLOCKS: MaskPlan = {
  kind: 'multiblock3d',
  masks: [{ aspectRatio: [0.75, 1.5], numBlocks: 10, spatialScale: [0.15, 0.15], temporalScale: [1, 1] }],
};

/** Other clips as they are read: what they do not say is as that of the main ones. */
export function filledOtherClips(
  { videos, numFrames, batchSize, ...given }: OtherClips,
  settings: FilledInSettings,
  encoder: Pick<EncoderConfig, 'imageSize'>,
): FilledOtherClips {
  const { weights: _, ...reading } = settings.clips;
  // What says how far apart frames are goes before the other ways of saying it.
  const isSpaced = (['frameStep', 'clipRate', 'duration'] as const).some((name) => given.clips?.[name] !== undefined);
  const spacing = isSpaced && { clipRate: undefined, duration: undefined };
  return {
    ...{ videos: typeof videos === 'string' ? [videos] : videos, numFrames, batchSize },
    imageSize: given.imageSize ?? encoder.imageSize,
    masks: given.masks ?? (numFrames === 1 ? IMAGE_BLOCKS : settings.masks),
    clips: filled('otherClips.clips', given.clips, { ...reading, ...spacing, weights: undefined }),
    augmentation: filled('otherClips.augmentation', given.augmentation, settings.augmentation),
    contextWeight: given.contextWeight ?? settings.objective.contextWeight.weight,
  };
}

/** The masks of the paper (V-JEPA, section 3.2). */
const MULTI_BLOCK: MaskPlan = {
  kind: 'multiblock3d',
  masks: [
    { aspectRatio: [0.75, 1.5], numBlocks: 8, spatialScale: [0.15, 0.15], temporalScale: [1, 1] },
    { aspectRatio: [0.75, 1.5], numBlocks: 2, spatialScale: [0.7, 0.7], temporalScale: [1, 1] },
  ],
};

/** What the papers trained with; `warmup` is a share of the epochs. */
const VJEPA = {
  clipRate: undefined,
  learningRate: { start: 2e-4, reference: 6.25e-4, final: 1e-6 },
  warmup: 40 / 300,
  weightDecay: { reference: 0.04, final: 0.4 },
  momentum: { start: 0.998, end: 1 },
  clipNorm: 10,
};
const VJEPA2 = {
  clipRate: 4,
  learningRate: { start: 1e-4, reference: 5.25e-4, final: 5.25e-4 },
  warmup: 1 / 20,
  weightDecay: { reference: 0.04, final: 0.04 },
  momentum: { start: 0.99925, end: 0.99925 },
  clipNorm: 0,
};
const PUBLISHED: Readonly<Record<ModelVersion, typeof VJEPA | typeof VJEPA2>> = {
  '1': VJEPA,
  '2': VJEPA2,
  // 12,000 of 135,000 steps of warm-up, and the rate of the published configs; the paper has V-JEPA 2's.
  '2.1': { ...VJEPA2, learningRate: { start: 1e-4, reference: 6e-4, final: 6e-4 }, warmup: 12 / 135 },
};

/** The settings with every default filled in. @throws InputError naming a group of settings that is no object */
export function filledInSettings(settings: PretrainingSettings): FilledInSettings {
  const { videos, model, epochs, precision = 'float32', recompute = 'none' } = settings;
  const published = PUBLISHED[typeof model === 'string' ? splitEncoderName(model).version : '1'];
  return {
    videos: typeof videos === 'string' ? [videos] : videos,
    otherClips: settings.otherClips ?? [],
    model,
    epochs,
    stepsPerEpoch: settings.stepsPerEpoch,
    batchSize: settings.batchSize ?? 24,
    seed: settings.seed ?? 234,
    precision,
    encoder: settings.encoder ?? {},
    predictor: settings.predictor ?? {},
    teacher: settings.teacher,
    initialDeviation: settings.initialDeviation ?? 0.02,
    predictorInitialDeviation: settings.predictorInitialDeviation ?? settings.initialDeviation ?? 0.02,
    masks: settings.masks ?? MULTI_BLOCK,
    clips: filled('clips', settings.clips, {
      frameStep: 4,
      duration: undefined,
      clipRate: (settings.clips?.frameStep ?? settings.clips?.duration) ? undefined : published.clipRate,
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
      maskToken: 'group',
      distanceWeights: true,
      contextWeight:
        settings.optimization?.decay === 'cool-down'
          ? { weight: 0.5 }
          : { weight: 0.5, startEpochs: (15 / 135) * epochs, endEpochs: (30 / 135) * epochs },
    }),
    optimization: filled('optimization', settings.optimization, {
      learningRate: published.learningRate,
      decay: 'cosine',
      warmupEpochs: published.warmup * epochs,
      weightDecay: published.weightDecay,
      momentum: published.momentum,
      scheduleScale: 1.25,
      predictorLearningRateScale: 1,
      clipNorm: published.clipNorm,
      lossGuard: undefined,
      accumulationSteps: 1,
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
    from: settings.from,
  };
}

function filled<T extends object>(name: string, given: Overrides<T> = {}, defaults: T): T {
  // A bare value, such as the name of the targets, would be spread to nothing and the defaults be trained.
  if (given === null || typeof given !== 'object') throw unfitSetting(name, 'an object of settings', given);
  return { ...defaults, ...definedFields(given) };
}
