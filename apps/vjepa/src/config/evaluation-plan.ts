import { join } from 'node:path';
import {
  type AnticipationPlan,
  type Candidate,
  type EvaluationPlan,
  type LabelledData,
  type LabelledVideos,
  type PictureLayout,
  planAnticipation,
  planEvaluation,
  type Sweep,
} from '@vjepa/evaluation';
import { type ClipEncoder, definedFields } from '@vjepa/vit';
import type {
  AnticipationConfig,
  EvaluationConfig,
  ImageEvaluationConfig,
  VideoEvaluationConfig,
} from './evaluation-config.js';
import { pretrainedEncoder } from './pretrained-encoder.js';
import { clipSettings, loadingSettings, sharedSettings, trainingSettings } from './shared-settings.js';

/** The reference's evaluation config in the names of @vjepa/evaluation. */
export function evaluationPlan(config: EvaluationConfig): EvaluationPlan | AnticipationPlan {
  return config.eval_name === 'action_anticipation_frozen' ? anticipationPlan(config) : classificationPlan(config);
}

type ClassificationConfig = VideoEvaluationConfig | ImageEvaluationConfig;

function classificationPlan(config: ClassificationConfig): EvaluationPlan {
  const { probe } = config;
  return planEvaluation({
    ...probeSettings(config),
    encoder: frozenEncoder(config),
    data: config.eval_name === 'image_classification_frozen' ? labelledPictures(config) : labelledVideos(config.data),
    clips: clipsOf(config),
    probe: {
      ...{ pooling: probe.pooling, depth: probe.depth, numHeads: probe.num_heads },
      ...{ selfAttention: probe.self_attention, layers: probe.layers },
    },
  });
}

function anticipationPlan(config: AnticipationConfig): AnticipationPlan {
  const { pretrain, data, optimization, features, probe } = config;
  const { sweep, ...settings } = probeSettings(config);
  // What a file leaves out is its own rate and decay, here too, and not the published ones.
  const own = { learningRates: [optimization.lr], weightDecays: [optimization.weight_decay] };
  return planAnticipation({
    ...settings,
    sweep: { ...own, ...definedFields(sweep ?? {}) },
    encoder: pretrainedEncoder({ ...pretrain, frames_per_clip: data.frames_per_clip }, optimization.resolution),
    ...{ predictorKey: pretrain.predictor_key, predictorHeads: pretrain.predictor_heads },
    data: { annotations: data.annotations, videos: data.videos },
    clips: {
      ...{ frames: data.frames_per_clip, clipRate: data.fps, anchor: data.anchor, augment: config.augment },
      ...{ trainingSeconds: data.train_anticipation_time_sec, validationSeconds: data.anticipation_time_sec },
      ...{ trainingPoint: data.train_anticipation_point, validationPoint: data.val_anticipation_point },
    },
    features,
    probe: { depth: probe.depth, numHeads: probe.num_heads },
  });
}

/** How probes are trained, and how fast, whatever they are asked. */
function probeSettings(config: EvaluationConfig) {
  const { optimization, low_shot: lowShot } = config;
  return {
    ...sharedSettings(config),
    training: {
      ...trainingSettings(config),
      finalWeightDecay: optimization.final_weight_decay,
      clipNorm: optimization.clip_grad,
      decayed: optimization.decayed,
      reshuffle: config.reshuffle,
    },
    sweep: sweepOf(config),
    lowShot: lowShotOf(lowShot),
    cache: config.cache,
    validateEvery: config.validate_every,
    encoderBatch: config.encoder_batch ?? undefined,
    probeBatch: config.probe_batch ?? undefined,
    loading: { workers: config.num_workers, ...loadingSettings(config) },
  };
}

/** The frozen encoder of an evaluation. */
function frozenEncoder(config: ClassificationConfig): ClipEncoder {
  const isImages = config.eval_name === 'image_classification_frozen';
  return pretrainedEncoder(config.pretrain, isImages ? config.data.resolution : config.optimization.resolution);
}

/** The labelled videos of an evaluation or a fine-tuning. */
export function labelledVideos(data: VideoEvaluationConfig['data']): LabelledVideos {
  return {
    kind: 'video',
    train: data.dataset_train,
    validation: data.dataset_val,
    test: data.dataset_test ?? undefined,
    layout: data.dataset_type === 'VideoDataset' ? undefined : data.dataset_type,
    classes: data.num_classes,
    classNames: data.class_names ?? undefined,
  };
}

/** The image data sets that the reference knows, by its names in lower case. */
const PICTURE_LAYOUTS: Readonly<Record<string, PictureLayout>> = {
  imagenet: 'imagenet-1k',
  places205: 'places205',
  inat21: 'inaturalist-2021',
};

function labelledPictures({ data }: ImageEvaluationConfig): LabelledData {
  return {
    kind: 'image',
    root: join(data.root_path, data.image_folder),
    layout: PICTURE_LAYOUTS[data.dataset_name.toLowerCase()],
    classes: data.num_classes,
    classNames: data.class_names ?? undefined,
  };
}

function clipsOf(config: ClassificationConfig) {
  const { augment } = config;
  if (config.eval_name === 'image_classification_frozen') return { augment, imageRepeats: config.data.image_repeats };
  return { ...clipSettings(config), attendAcrossSegments: config.optimization.attend_across_segments, augment };
}

function sweepOf({ sweep }: EvaluationConfig): Sweep | undefined {
  if (sweep === null) return undefined;
  const probes = sweep.probes?.map(
    (probe): Candidate => ({
      learningRate: probe.lr,
      weightDecay: probe.weight_decay,
      startLearningRate: probe.start_lr,
      finalLearningRate: probe.final_lr,
      warmupEpochs: probe.warmup,
      finalWeightDecay: probe.final_weight_decay,
    }),
  );
  return { learningRates: sweep.lr, weightDecays: sweep.weight_decay, probes, heldOut: sweep.held_out };
}

function lowShotOf(lowShot: EvaluationConfig['low_shot']) {
  if (lowShot === null) return undefined;
  if (typeof lowShot === 'number') return { fractions: [lowShot] };
  return { fractions: [lowShot.fraction].flat(), seeds: lowShot.seeds };
}
