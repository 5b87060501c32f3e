import { requireChoice, requireCounts, requireNumbers, settingsRecord, unfitSetting } from '@vjepa/training';
import type { ClipEncoder, Overrides } from '@vjepa/vit';
import { type ClipSettings, clipSpacing } from '../evaluate/clip-recipe.js';
import type { EvaluationRecord } from '../evaluate/evaluation-record.js';
import { type Loading, loadingOf } from '../evaluate/loading.js';
import { requireMaskIndex } from '../predict/feature-predictor.js';
import type { PredictingModelOptions } from '../predict/load-predicting-models.js';
import type { PredictionMaskKind } from '../predict/prediction-mask.js';
import { requireEncoder } from '../require-given.js';
import { withDefaults } from '../with-defaults.js';

/** What a decoder learns to decode: what the predictor says of hidden tokens, or what the target encoder sees there. */
export type DecodedFeatures = 'predictions' | 'targets';

/** What is asked for; whatever is left out or `undefined` has a default, most of them the package's own. */
export interface DecoderSettings {
  /** The encoder, for the resolution and the clip length it was pretrained at. */
  encoder: ClipEncoder;
  /** The file of encoder and predictor, or the folder of a run. */
  checkpoint: string;
  /** Which models of it, and what tensors do not tell: see `loadPredictingModels`. */
  models?: Omit<PredictingModelOptions, 'encoder'> | undefined;
  /** Videos, folders, lists, tar shards, patterns; labels are not looked at. */
  data: DecoderVideos;
  clips?: Pick<ClipSettings, 'frameStep' | 'duration' | 'clipRate'> | undefined;
  /** What is hidden of each clip, every one in every step. Default: the two of V-JEPA's pretraining, `blocks` and `large-blocks`. */
  masks?: readonly PredictionMaskKind[] | undefined;
  /** Of `future`: the share of a clip that is seen, between 0 and 1. Default 0.5. */
  context?: number | undefined;
  /** Which mask token the predictor is asked by. Default: that of the mask in V-JEPA, 1 in V-JEPA 2, as published. */
  maskIndex?: number | undefined;
  /** Default `predictions`, as the paper has it. */
  features?: DecodedFeatures | undefined;
  sizes?: Overrides<DecoderSizes> | undefined;
  training?: Overrides<DecoderTraining> | undefined;
  /** Decides everything random. Default 0. */
  seed?: number | undefined;
  loading?: Overrides<Loading> | undefined;
}

/** The videos of a decoder. */
export interface DecoderVideos {
  train: readonly string[];
  /** Decoded once after training, to say how well. Default: none. */
  validation?: readonly string[] | undefined;
  /** Whether folders are gone into. Default true. */
  recursive?: boolean | undefined;
}

/** The transformer; see `pixelDecoderConfig` of @vjepa/probe. */
export interface DecoderSizes {
  embedDim: number;
  depth: number;
  numHeads: number;
}

/** How a decoder is trained. */
export interface DecoderTraining {
  epochs: number;
  /** Clips of a step. */
  batchSize: number;
  /** Clips of a video in an epoch. */
  clipsPerVideo: number;
  /** The largest. */
  learningRate: number;
  /** Epochs until the learning rate is the largest. */
  warmupEpochs: number;
  weightDecay: number;
  /** Largest norm of the gradients; null: not clipped. */
  clipNorm: number | null;
  /** Momentum of the moving average that samples. */
  momentum: number;
  /** Smallest share of the frame that a random crop takes, as in pretraining; 1: the centre square, and no mirror images. */
  cropScale: number;
}

/** Everything that the training of a decoder needs to know, worked out. */
export interface DecoderPlan {
  readonly kind: 'pixel_decoder';
  readonly encoder: ClipEncoder;
  readonly checkpoint: string;
  readonly models: Omit<PredictingModelOptions, 'encoder'>;
  readonly data: DecoderVideos;
  readonly clips: Pick<ClipSettings, 'frameStep' | 'duration' | 'clipRate'>;
  readonly masks: readonly PredictionMaskKind[];
  readonly context: number;
  readonly maskIndex: number | undefined;
  readonly features: DecodedFeatures;
  readonly sizes: DecoderSizes;
  readonly training: DecoderTraining;
  readonly seed: number;
  readonly loading: Loading;
}

const DEFAULTS: { sizes: DecoderSizes; training: DecoderTraining } = {
  sizes: { embedDim: 384, depth: 6, numHeads: 6 },
  training: {
    epochs: 100,
    batchSize: 16,
    clipsPerVideo: 1,
    learningRate: 5e-4,
    warmupEpochs: 1,
    weightDecay: 0.01,
    clipNorm: 1,
    momentum: 0.999,
    cropScale: 0.3,
  },
};

/**
 * Plans the training of a decoder: nothing is read or computed yet.
 *
 * @throws InputError when a setting is of the wrong kind
 */
export function planDecoder(settings: DecoderSettings): DecoderPlan {
  const { encoder, checkpoint, models = {}, data, masks = ['blocks', 'large-blocks'] } = settings;
  const { context = 0.5, maskIndex, features = 'predictions', seed = 0 } = settings;
  requireEncoder(encoder);
  requireSeed(seed);
  requireVideos('data.train', data?.train);
  if (data.validation !== undefined) requireVideos('data.validation', data.validation);
  if (!Array.isArray(masks) || masks.length === 0) throw unfitSetting('masks', "a list such as ['blocks']", masks);
  for (const kind of masks) requireChoice('masks', kind, ['future', 'blocks', 'large-blocks']);
  requireChoice('features', features, ['predictions', 'targets']);
  const sizes = withDefaults(DEFAULTS.sizes, settings.sizes);
  const training = withDefaults(DEFAULTS.training, settings.training);
  requireMaskIndex(maskIndex);
  requireSizes(sizes);
  requireTraining(training);
  return {
    kind: 'pixel_decoder',
    ...{ encoder, checkpoint, models, data, masks, context, maskIndex, features, sizes, training, seed },
    clips: clipSpacing(encoder, settings.clips ?? {}),
    loading: loadingOf(settings.loading),
  };
}

/** @throws InputError when it is none that a stream is drawn from */
export function requireSeed(seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0) throw unfitSetting('seed', 'a whole number from 0 on', seed);
}

function requireVideos(name: string, videos: unknown): void {
  if (Array.isArray(videos) && videos.length > 0) return;
  throw unfitSetting(name, 'a list of videos, folders or lists of them', videos);
}

/** @throws InputError naming the first size of which no decoder can be made */
function requireSizes(sizes: DecoderSizes): void {
  requireCounts(named('sizes', { ...sizes }));
  const { embedDim, numHeads } = sizes;
  if (embedDim % numHeads !== 0) throw unfitSetting('sizes.numHeads', `a divisor of the width, ${embedDim}`, numHeads);
}

/** Settings of a group by the names that they are spoken of. */
function named<T>(group: string, values: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${group}.${name}`, value]));
}

/** @throws InputError naming the first setting with which nothing can be trained */
function requireTraining({
  epochs,
  batchSize,
  clipsPerVideo,
  cropScale,
  momentum,
  clipNorm,
  ...rates
}: DecoderTraining) {
  requireCounts(named('training', { epochs, batchSize, clipsPerVideo }));
  requireNumbers(named('training', { ...rates, clipNorm: clipNorm ?? 0 }), 0);
  for (const [name, share] of Object.entries({ cropScale, momentum })) {
    if (!(share > 0 && share <= 1)) throw unfitSetting(`training.${name}`, 'a number above 0, at most 1', share);
  }
}

/** What may be another when a training is resumed: how fast it is computed, and names of what is compared itself. */
const MAY_CHANGE: ReadonlySet<string> = new Set([
  ...['checkpoint', 'models.predictor', 'models.target', 'data.train', 'data.validation', 'data.recursive'],
  ...['loading.workers', 'loading.timeLimitMs'],
]);

/** The plan itself, in `settings.json`. */
export function decoderRecord(plan: DecoderPlan): EvaluationRecord {
  return { run: settingsRecord(plan.kind, plan), settings: plan, mayChange: MAY_CHANGE };
}
