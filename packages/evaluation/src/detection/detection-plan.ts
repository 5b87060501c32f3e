import { InputError, option, requireCounts, requireNumbers, settingsRecord } from '@vjepa/training';
import type { ClipEncoder, Overrides } from '@vjepa/vit';
import type { EvaluationRecord } from '../evaluate/evaluation-record.js';
import { type Loading, loadingOf } from '../evaluate/loading.js';
import { featureLayers } from '../features/feature-options.js';
import { requireEncoder } from '../require-given.js';
import { withDefaults } from '../with-defaults.js';

/** What is asked for; whatever is left out or `undefined` is the paper's, as far as it says. */
export interface DetectionSettings {
  /** The frozen encoder, for the resolution and the clip length it is used at. */
  encoder: ClipEncoder;
  /** The file of its parameters; null: none, they are drawn from the seed, as those that a pretraining of it begins with. */
  checkpoint: string | null;
  /** The model in it. Default: the target encoder, else the encoder. */
  checkpointKey?: string | undefined;
  data: DetectionDataSettings;
  clips?: Overrides<DetectionClips> | undefined;
  /** Blocks whose features are used, counted from 1. Default: the last and the 2nd, 4th and 6th before it. */
  layers?: readonly number[] | undefined;
  training?: Overrides<DetectionTraining> | undefined;
  /** Decides everything random. Default 0. */
  seed?: number | undefined;
  loading?: Overrides<Omit<Loading, 'workers'>> | undefined;
  /** What the file of the log begins with. Default `jepa`. */
  tag?: string | undefined;
}

/** Where annotations and films are. */
export interface DetectionDataSettings {
  /** Folder of `ava_{train,val}_v2.2.csv`, the label map and the exclusion lists. */
  annotations: string;
  /** Folder of the films, `{id}.mp4`, `.mkv`, `.webm`, … */
  videos: string;
  /** Second of the film that a file begins with; 900 for the usual cut files. Default 0. */
  videoStart?: number | undefined;
  /** Person boxes to classify. Default: the annotated ones. */
  proposals?: string | undefined;
  /** Proposals below this confidence are left out. Default 0.8. */
  minimumScore?: number | undefined;
  /** Actions that are evaluated. Default 60. */
  classes?: number | undefined;
}

/** The clip around a key frame. */
export interface DetectionClips {
  frames: number;
  /** Frames of the film from one frame of a clip to the next. */
  frameStep: number;
}

/** How the linear classifier is trained. */
export interface DetectionTraining {
  epochs: number;
  /** People of a step. */
  batchSize: number;
  /** The largest. */
  learningRate: number;
  startLearningRate: number;
  finalLearningRate: number;
  /** Epochs until the learning rate is the largest. */
  warmupEpochs: number;
  weightDecay: number;
}

/** Everything that a detection needs to know, worked out and checked. */
export interface DetectionPlan {
  readonly kind: 'action_detection_frozen';
  readonly encoder: ClipEncoder;
  readonly checkpoint: string | null;
  readonly checkpointKey: string;
  readonly data: {
    [Key in Exclude<keyof DetectionDataSettings, 'proposals'>]-?: NonNullable<DetectionDataSettings[Key]>;
  } & Pick<DetectionDataSettings, 'proposals'>;
  readonly clips: DetectionClips;
  readonly layers: readonly number[];
  readonly training: DetectionTraining;
  readonly seed: number;
  readonly loading: Omit<Loading, 'workers'>;
  readonly tag: string;
}

/** The paper's (V-JEPA, appendix on AVA): 30 epochs at batch 64, learning rate 1e-4, weight decay 0.05. */
const PAPER: DetectionTraining = {
  epochs: 30,
  batchSize: 64,
  learningRate: 1e-4,
  startLearningRate: 1e-6,
  finalLearningRate: 1e-6,
  warmupEpochs: 2,
  weightDecay: 0.05,
};

/**
 * Plans a frozen action detection: nothing is read or computed yet.
 *
 * @throws InputError when a setting is of the wrong kind, or a layer is none of the encoder's
 */
export function planDetection(settings: DetectionSettings): DetectionPlan {
  const { encoder, checkpoint, checkpointKey = 'target_encoder', data, seed = 0, tag = 'jepa' } = settings;
  const { decoder, timeLimitMs } = loadingOf(settings.loading);
  const training = withDefaults(PAPER, settings.training);
  requireEncoder(encoder);
  const { epochs, batchSize, ...rates } = training;
  requireCounts({ 'training.epochs': epochs, 'training.batchSize': batchSize, 'data.classes': data.classes });
  for (const [name, rate] of Object.entries(rates)) requireNumbers({ [`training.${name}`]: rate }, 0);
  return {
    kind: 'action_detection_frozen',
    ...{ encoder, checkpoint, checkpointKey, seed, tag },
    data: {
      annotations: data.annotations,
      videos: data.videos,
      videoStart: data.videoStart ?? 0,
      proposals: data.proposals,
      minimumScore: data.minimumScore ?? 0.8,
      classes: data.classes ?? 60,
    },
    clips: withDefaults({ frames: encoder.numFrames, frameStep: 4 }, settings.clips),
    layers: detectionLayers(settings.layers, encoder),
    training,
    loading: { decoder, timeLimitMs },
  };
}

/**
 * Blocks counted from 1: the paper's four, ViT-L 18, 20, 22, 24 and ViT-H 26, 28, 30, 32, and so on for other depths; of
 * V-JEPA 2.1 those that have a norm.
 */
function detectionLayers(layers: readonly number[] | undefined, encoder: ClipEncoder): readonly number[] {
  const { depth } = encoder;
  const known = featureLayers(encoder);
  const spread = known.length < depth ? known : [depth - 6, depth - 4, depth - 2, depth];
  const chosen = layers ?? spread.filter((layer) => layer >= 1);
  const outside = chosen.find((layer) => !known.includes(layer));
  if (outside === undefined) return chosen;
  const blocks = known.length < depth ? known.join(', ') : `1..${depth}`;
  throw new InputError({
    subject: option('layers'),
    problem: `block ${outside} is not one of the encoder's ${blocks}`,
  });
}

/** What may be another when a detection is resumed: how fast it is computed, and names of what is compared itself. */
const MAY_CHANGE: ReadonlySet<string> = new Set([
  ...['loading.timeLimitMs', 'tag', 'checkpoint'],
  ...['data.annotations', 'data.videos', 'data.proposals'],
]);

/** The plan itself, in `settings.json`. */
export function detectionRecord(plan: DetectionPlan): EvaluationRecord {
  return { run: settingsRecord(plan.kind, plan), settings: plan, mayChange: MAY_CHANGE };
}
