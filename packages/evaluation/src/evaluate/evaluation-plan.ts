import { type AttentiveProbeConfig, attentiveProbeConfig, averageProbeConfig, type ProbeConfig } from '@vjepa/probe';
import { InputError, option, reasonOf, requireCounts, sentence, unfitSetting } from '@vjepa/training';
import type { ClipEncoder, Overrides } from '@vjepa/vit';
import { requireLayers } from '../features/feature-options.js';
import { requireEncoder, requireRates } from '../require-given.js';
import {
  type Candidate,
  candidatesOf,
  type ProbeTraining,
  type ProbeTrainingSettings,
  probeTraining,
  requireProbes,
  requireTraining,
  type Sweep,
} from './candidates.js';
import { type ClipRecipes, type ClipSettings, pictureRecipes, videoRecipes } from './clip-recipe.js';
import { blocksOnTokens } from './feature-source.js';
import type { LabelledData } from './labelled-set.js';
import { type Loading, loadingOf } from './loading.js';
import type { LowShotDraw } from './low-shot-draws.js';
import { lowShotDraws } from './low-shot-draws.js';

/** What is asked for; whatever is left out or `undefined` is the paper's, as far as it says. */
export interface EvaluationSettings {
  /** The frozen encoder, for the resolution and the clip length it is used at. */
  encoder: ClipEncoder;
  /** The file of its parameters; null: none, they are drawn from the seed, as those that a pretraining of it begins with. */
  checkpoint: string | null;
  /** The model in it. Default: the target encoder, else the encoder. */
  checkpointKey?: string | undefined;
  data: LabelledData;
  clips?: ClipSettings | undefined;
  probe?: EvaluatedProbeSettings | undefined;
  training?: ProbeTrainingSettings | undefined;
  /** Probes that train at once on the same features, and how the best is chosen. Default: one, the training's own. */
  sweep?: Sweep | undefined;
  /** Shares of the training set, the same of every class, each drawn once for each seed (default 0, 1, 2). Default: all. */
  lowShot?: { fractions: readonly number[]; seeds?: readonly number[] | undefined } | undefined;
  cache?:
    | {
        /** Augmented versions of each training sample that are kept. Default 0: one, as at test time. */
        augmentations?: number | undefined;
        /** Of the features on disk. Default float32. */
        precision?: 'float32' | 'float16' | undefined;
      }
    | undefined;
  /** Decides everything random. Default 0. */
  seed?: number | undefined;
  /** Epochs between two validations; the last epoch is always validated. Default 1. */
  validateEvery?: number | undefined;
  /** Clips that pass the encoder together. Default: by their size. */
  encoderBatch?: number | undefined;
  /** Samples that pass the probe together; their gradients add up to those of the batch. Default: by their size. */
  probeBatch?: number | undefined;
  loading?: Overrides<Loading> | undefined;
  /** What the files of the probe and of the log begin with. Default `probe`. */
  tag?: string | undefined;
}

/** What a probe is; whatever is left out or `undefined` is the paper's. */
export interface ProbeSettings {
  /** Default `attentive`. */
  pooling?: 'attentive' | 'average' | undefined;
  /** Attentive blocks. Default 1; 4 with self-attention before the cross-attention. */
  depth?: number | undefined;
  /** Default: as many as the encoder; 16 with self-attention before the cross-attention. */
  numHeads?: number | undefined;
  /** Where a deeper probe's self-attention is: `after` the cross-attention (default; V-JEPA), or `before` it (V-JEPA 2). */
  selfAttention?: AttentiveProbeConfig['selfAttention'] | undefined;
}

/** A probe, and which of an encoder's blocks it sees. */
export interface EvaluatedProbeSettings extends ProbeSettings {
  /**
   * The encoder's blocks, counted from 1, whose tokens the probe sees one after the other, as V-JEPA 2's probes of motion do.
   * Default: the last alone.
   */
  layers?: readonly number[] | undefined;
}

/** Everything that an evaluation needs to know, worked out and checked. */
export interface EvaluationPlan {
  readonly kind: EvaluationKind;
  readonly encoder: ClipEncoder;
  readonly checkpoint: string | null;
  readonly checkpointKey: string;
  readonly data: LabelledData;
  /** How samples become pixels: training as asked for, training as at test time, validation. */
  readonly recipes: ClipRecipes;
  readonly probe: ProbeConfig;
  /** Blocks whose tokens the probe sees, counted from 1; undefined: the last alone. */
  readonly layers: readonly number[] | undefined;
  readonly training: ProbeTraining;
  readonly candidates: readonly Candidate[];
  /** Share of the training samples by which the best of several probes is chosen; undefined: the validation set. */
  readonly heldOut?: number | undefined;
  readonly draws: readonly LowShotDraw[];
  readonly cache: { readonly augmentations: number; readonly precision: 'float32' | 'float16' };
  readonly seed: number;
  readonly validateEvery: number;
  readonly encoderBatch: number | undefined;
  readonly probeBatch: number | undefined;
  readonly loading: Loading;
  readonly tag: string;
}

/** What a folder of results says that it holds: the reference's names of its evaluations. */
export type EvaluationKind = 'video_classification_frozen' | 'image_classification_frozen';

/**
 * Plans a frozen evaluation (V-JEPA, section 4.2): nothing is read or computed yet.
 *
 * @throws InputError when a setting is of the wrong kind, or sizes contradict each other
 */
export function planEvaluation(settings: EvaluationSettings): EvaluationPlan {
  const { encoder, checkpoint, checkpointKey = 'target_encoder', data, clips = {}, cache = {} } = settings;
  const { seed = 0, validateEvery = 1, tag = 'probe' } = settings;
  requireEncoder(encoder);
  const training = probeTraining(settings.training);
  requireTraining(training, 'training.');
  requireCounts({ validateEvery, 'data.classes': data.classes });
  requireCounts({ 'clips.segments': clips.segments, 'clips.views': clips.views, 'clips.frameStep': clips.frameStep });
  requireCounts({ 'clips.imageRepeats': clips.imageRepeats });
  requireLayers('probe.layers', encoder, settings.probe?.layers);
  requireRates('sweep.learningRates', settings.sweep?.learningRates);
  requireRates('sweep.weightDecays', settings.sweep?.weightDecays);
  requireProbes(settings.sweep?.probes, 'sweep.');
  const probe = plannedProbe(settings.probe, encoder, data.classes);
  const candidates = candidatesOf(training, settings.sweep);
  return {
    ...{ encoder, checkpoint, checkpointKey, data, probe, training, candidates, seed, validateEvery, tag },
    kind: data.kind === 'image' ? 'image_classification_frozen' : 'video_classification_frozen',
    recipes: data.kind === 'image' ? pictureRecipes(encoder, clips) : videoRecipes(encoder, clips),
    layers: settings.probe?.layers,
    heldOut: candidates.length > 1 ? heldOutShare('sweep.heldOut', settings.sweep?.heldOut, probe) : undefined,
    draws: lowShotDraws(settings.lowShot),
    cache: { augmentations: cache.augmentations ?? 0, precision: cache.precision ?? 'float32' },
    encoderBatch: settings.encoderBatch,
    probeBatch: settings.probeBatch,
    loading: loadingOf(settings.loading),
  };
}

/** Of the training samples for V-JEPA 2's probes. */
const HELD_OUT = 0.05;

/**
 * The share of the training samples by which the best of several probes is chosen; undefined: none.
 *
 * @param name what the option is called
 * @throws InputError when it is no share, or more than half of the samples
 */
export function heldOutShare(name: string, share: number | undefined, probe: ProbeConfig): number | undefined {
  if (share === 0) return undefined;
  if (share === undefined) return blocksOnTokens(probe) > 0 ? HELD_OUT : undefined;
  if (share > 0 && share <= 0.5) return share;
  throw unfitSetting(name, 'a share from 0 to 0.5', share);
}

/**
 * The probe of an encoder's features.
 *
 * @throws InputError when sizes contradict each other
 */
export function plannedProbe(
  { pooling = 'attentive', depth, numHeads, selfAttention }: ProbeSettings = {},
  encoder: Pick<ClipEncoder, 'embedDim' | 'numHeads'>,
  classes: number,
): ProbeConfig {
  try {
    if (pooling === 'average') return averageProbeConfig(encoder, classes);
    return attentiveProbeConfig(encoder, classes, { depth, numHeads, selfAttention });
  } catch (error) {
    throw new InputError({ problem: sentence`${option('probe')} cannot be built: ${reasonOf(error)}`, cause: error });
  }
}
