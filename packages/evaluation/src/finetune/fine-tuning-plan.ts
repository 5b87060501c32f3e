import { requireChoice, requireCounts, requireNumbers, settingsRecord } from '@vjepa/training';
import type { ClipEncoder, EncoderConfig, Overrides } from '@vjepa/vit';
import { type ClipRecipe, type ClipSettings, videoRecipes } from '../evaluate/clip-recipe.js';
import type { EvaluationRecord } from '../evaluate/evaluation-record.js';
import type { LabelledVideos } from '../evaluate/labelled-set.js';
import { type Loading, loadingOf } from '../evaluate/loading.js';
import { requireFirstEncoder } from '../require-given.js';
import { withDefaults } from '../with-defaults.js';

/** What is asked for; whatever is left out or `undefined` is the paper's for ViT-L/16 on Kinetics-400. */
export interface FineTuningSettings {
  /** The encoder, for the resolution and the clip length it is used at: one of V-JEPA, whose fine-tuning this is. */
  encoder: ClipEncoder;
  /**
   * The file of its first parameters; null: none, they are drawn from the seed, as those that a pretraining of it begins
   * with. That is supervised training from the start, for which `layerDecay: 1` lets all blocks learn at one rate.
   */
  checkpoint: string | null;
  /** The model in it. Default: the target encoder, else the encoder. */
  checkpointKey?: string | undefined;
  data: LabelledVideos;
  /** Clips of a video. Training takes one of each, anywhere; validation all segments and views. */
  clips?: Omit<ClipSettings, 'attendAcrossSegments' | 'augment'> | undefined;
  head?: FineTuningHeadSettings | undefined;
  augmentation?: Overrides<FineTuningAugmentation> | undefined;
  training?: Overrides<FineTuningTraining> | undefined;
  /** Decides everything random. Default 0. */
  seed?: number | undefined;
  /** Epochs between two validations; the last epoch is always validated. Default 1. */
  validateEvery?: number | undefined;
  loading?: Overrides<Loading> | undefined;
  /** What the files of the model and of the log begin with. Default `jepa`. */
  tag?: string | undefined;
}

/** The classifier on top of the encoder. */
export interface FineTuningHeadSettings {
  /** Default `average`: the mean token, a layer norm, a linear layer. */
  pooling?: 'average' | 'attentive' | undefined;
  /** The file of a trained probe to start from, which also tells its pooling. Default: a fresh one. */
  checkpoint?: string | undefined;
  /** Of the pooled features, in [0, 1). Default 0. */
  dropout?: number | undefined;
}

/** How training clips are changed. */
export interface FineTuningAugmentation {
  /** Whether half of the clips are mirrored. */
  flip: boolean;
  /** RandAugment, `rand-m7-n4-mstd0.5-inc1`. */
  randAugment: boolean;
  /** Share of the frame that the crop takes. */
  scale: readonly [number, number];
  /** Width over height of the crop, before it is made square. */
  aspectRatio: readonly [number, number];
  /** Of random erasing. */
  erasingProbability: number;
}

/** How encoder and classifier are trained. */
export interface FineTuningTraining {
  epochs: number;
  /** Videos of a step. */
  batchSize: number;
  /** How often each video comes in a step, each time with other draws. */
  repeatedSampling: number;
  /** The largest, for this batch size. */
  learningRate: number;
  startLearningRate: number;
  finalLearningRate: number;
  /** Epochs until the learning rate is the largest. */
  warmupEpochs: number;
  weightDecay: number;
  /** What each block's learning rate is of that of the block above it. */
  layerDecay: number;
  /** Largest norm of the gradients; null: not clipped. */
  clipNorm: number | null;
  /** Stochastic depth: how likely the last block is passed over, in [0, 1). */
  dropPath: number;
  labelSmoothing: number;
  /** alpha of mixup's Beta(alpha, alpha); 0: none. */
  mixup: number;
  /** alpha of cutmix; 0: none. */
  cutmix: number;
  /** How likely a step's clips are mixed at all. */
  mixProbability: number;
  /** How likely it is cutmix, where both are on. */
  mixSwitchProbability: number;
  /** What the backward pass computes again instead of keeping it: less memory, more time. */
  recompute: 'none' | 'elementwise' | 'block';
}

/** Everything that a fine-tuning needs to know, worked out. */
export interface FineTuningPlan {
  readonly kind: 'video_classification_finetuning';
  readonly encoder: EncoderConfig;
  readonly checkpoint: string | null;
  readonly checkpointKey: string;
  readonly data: LabelledVideos;
  /** How videos become pixels. */
  readonly recipes: { readonly training: Pick<ClipRecipe, 'clip' | 'transform'>; readonly validation: ClipRecipe };
  readonly head: FineTuningHead;
  readonly training: FineTuningTraining;
  readonly seed: number;
  readonly validateEvery: number;
  readonly loading: Loading;
  readonly tag: string;
}

/** The classifier on top of the encoder. */
export interface FineTuningHead {
  readonly pooling: 'average' | 'attentive';
  readonly checkpoint: string | undefined;
  readonly dropout: number;
}

/** The paper's, for ViT-L/16 on Kinetics-400 (V-JEPA, appendix on fine-tuning). */
const PAPER: { training: FineTuningTraining; augmentation: FineTuningAugmentation } = {
  training: {
    epochs: 35,
    batchSize: 128,
    repeatedSampling: 2,
    learningRate: 2e-3,
    startLearningRate: 1e-6,
    finalLearningRate: 1e-6,
    warmupEpochs: 5,
    weightDecay: 0.05,
    layerDecay: 0.75,
    clipNorm: null,
    dropPath: 0.1,
    labelSmoothing: 0.1,
    mixup: 0.8,
    cutmix: 1,
    mixProbability: 1,
    mixSwitchProbability: 0.5,
    recompute: 'none',
  },
  augmentation: {
    flip: true,
    randAugment: true,
    scale: [0.08, 1],
    aspectRatio: [3 / 4, 4 / 3],
    erasingProbability: 0.25,
  },
};

/**
 * Plans an end-to-end fine-tuning: nothing is read or computed yet.
 *
 * @throws InputError when a setting is of the wrong kind, or the encoder is one of V-JEPA 2 or 2.1
 */
export function planFineTuning(settings: FineTuningSettings): FineTuningPlan {
  const { encoder, checkpoint, checkpointKey = 'target_encoder', data, clips = {}, head = {} } = settings;
  const { seed = 0, validateEvery = 1, tag = 'jepa' } = settings;
  const training = withDefaults(PAPER.training, settings.training);
  requireFirstEncoder(encoder);
  requireSettings(training, { validateEvery, 'data.classes': data.classes, 'clips.segments': clips.segments });
  requireChoice('head.pooling', head.pooling, ['average', 'attentive']);
  const { validation } = videoRecipes(encoder, clips);
  const { flip, randAugment, scale, aspectRatio, erasingProbability } = withDefaults(
    PAPER.augmentation,
    settings.augmentation,
  );
  return {
    kind: 'video_classification_finetuning',
    ...{ encoder, checkpoint, checkpointKey, data, seed, validateEvery, tag },
    recipes: {
      training: {
        clip: { ...validation.clip, clips: 1, placement: 'random' },
        transform: {
          kind: 'probe-training',
          size: encoder.imageSize,
          ...{ scale, aspectRatio, erasingProbability },
          randAugment: randAugment ? {} : false,
          flipProbability: flip ? 0.5 : 0,
        },
      },
      validation,
    },
    head: { pooling: head.pooling ?? 'average', checkpoint: head.checkpoint, dropout: head.dropout ?? 0 },
    training,
    loading: loadingOf(settings.loading),
  };
}

/** What may be another when a fine-tuning is resumed: how fast it is computed, and names of what is compared itself. */
const MAY_CHANGE: ReadonlySet<string> = new Set([
  ...['loading.workers', 'loading.timeLimitMs', 'validateEvery', 'tag'],
  ...['checkpoint', 'head.checkpoint', 'data.train', 'data.validation', 'data.test', 'data.classNames'],
]);

/** The plan itself, in `settings.json`. */
export function fineTuningRecord(plan: FineTuningPlan): EvaluationRecord {
  return { run: settingsRecord(plan.kind, plan), settings: plan, mayChange: MAY_CHANGE };
}

/** @throws InputError naming the first setting with which nothing can be trained */
function requireSettings(training: FineTuningTraining, others: Record<string, unknown>): void {
  const { epochs, batchSize, repeatedSampling, recompute, clipNorm, ...rates } = training;
  const inGroup = (values: object) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`training.${name}`, value]));
  requireCounts({ ...others, ...inGroup({ epochs, batchSize, repeatedSampling }) });
  requireNumbers(inGroup({ ...rates, clipNorm: clipNorm ?? 0 }), 0);
  requireChoice('training.recompute', recompute, ['none', 'elementwise', 'block']);
}
