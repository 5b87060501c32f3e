import {
  InputError,
  type MaskPlan,
  type OtherClips,
  option,
  type PretrainingSettings,
  reasonOf,
  sentence,
  unfitSetting,
} from '@vjepa/training';
import { type ClipEncoder, clipEncoderConfig, isVjepa2, type Vjepa2EncoderConfig } from '@vjepa/vit';
import type { MaskConfig, PretrainingConfig } from './pretraining-config.js';

type OtherClipsConfig = NonNullable<PretrainingConfig['data']['others']>[number];

/** A pretraining config in the names of @vjepa/training. */
export function pretrainingSettings(config: PretrainingConfig): PretrainingSettings {
  const { checkpoints, data, data_aug, logging, loss, mask, meta, model, optimization } = config;
  const { learningRate, weightDecay, momentum, adamW } = optimizer(optimization);
  return {
    videos: data.datasets,
    otherClips: data.others?.map((clips) => otherClipsOf(clips, data)),
    model: model.model_name,
    epochs: optimization.epochs,
    stepsPerEpoch: optimization.ipe ?? undefined,
    batchSize: data.batch_size,
    seed: meta.seed,
    precision: meta.dtype === 'float32' ? 'float32' : 'bfloat16',
    encoder: {
      imageSize: data.crop_size,
      patchSize: data.patch_size,
      numFrames: data.num_frames,
      tubeletSize: data.tubelet_size,
      uniformPower: model.uniform_power,
      embedDim: model.embed_dim,
      depth: model.depth,
      numHeads: model.num_heads,
      mlpRatio: model.mlp_ratio,
      normLayers: model.norm_layers,
    },
    predictor: {
      embedDim: model.pred_embed_dim,
      depth: model.pred_depth,
      numHeads: model.pred_num_heads,
      zeroInitMaskTokens: model.zero_init_mask_tokens,
      numMaskTokens: model.pred_mask_tokens,
    },
    teacher: config.teacher && teacherOf(config),
    initialDeviation: deviationOf(model.init_std),
    predictorInitialDeviation: deviationOf(model.pred_init_std ?? model.init_std),
    masks: masksOf(mask, data),
    clips: {
      frameStep: data.sampling_rate,
      duration: data.clip_duration ?? undefined,
      clipRate: data.fps ?? undefined,
      rejectShort: data.filter_short_videos,
      weights: data.datasets_weights ?? undefined,
      fraction: data.fraction,
      shuffleBuffer: data.shuffle_buffer,
      decoder: data.decoder,
      workers: data.num_workers,
      timeLimitMs: data.decode_time_limit * 1000,
      onBadVideo: data.bad_videos,
    },
    augmentation: {
      scale: data_aug.random_resize_scale,
      aspectRatio: data_aug.random_resize_aspect_ratio,
      flipProbability: data_aug.horizontal_flip ? 0.5 : 0,
      motionShift: data_aug.motion_shift,
      randAugment: data_aug.auto_augment ? {} : false,
      erasingProbability: data_aug.reprob,
    },
    objective: {
      targets: loss.targets,
      lossExponent: loss.loss_exp,
      regularizerCoefficient: loss.reg_coeff,
      maskToken: model.mask_token,
      distanceWeights: loss.distance_weights,
      contextWeight: contextWeightOf(config),
    },
    optimization: {
      learningRate,
      decay: optimization.decay === 'cool_down' ? 'cool-down' : optimization.decay,
      warmupEpochs: optimization.warmup,
      weightDecay,
      momentum,
      scheduleScale: optimization.ipe_scale,
      predictorLearningRateScale: optimization.pred_lr_scale,
      clipNorm: optimization.clip_grad ?? 0,
      lossGuard: optimization.loss_guard === undefined ? undefined : { deviations: optimization.loss_guard },
      // Results that were kept before there was this setting go on, and are of whole batches.
      accumulationSteps:
        optimization.gradient_accumulation_steps === 1 ? undefined : optimization.gradient_accumulation_steps,
      adamW,
    },
    recompute: optimization.recompute,
    statistics: logging.statistics,
    checkpoints: {
      every: checkpoints.every ?? undefined,
      keep: checkpoints.keep,
      keepEvery: checkpoints.keep_every ?? undefined,
      keepEveryEpochs: meta.save_every_freq > 0 ? meta.save_every_freq : undefined,
      reference: checkpoints.reference,
    },
    limits: { badVideos: data.bad_video_share, shortVideos: data.short_video_share },
    progressEvery: logging.console_every,
    tag: logging.write_tag,
    startFrom: meta.load_checkpoint ? (meta.read_checkpoint ?? undefined) : undefined,
    from: meta.from ?? undefined,
  };
}

/** @throws InputError where it is an encoder of V-JEPA */
function teacherOf({ teacher, data }: PretrainingConfig): Vjepa2EncoderConfig {
  const { model_name, embed_dim: embedDim, depth, num_heads: numHeads, norm_layers: normLayers } = teacher!;
  const clip = { numFrames: data.num_frames, imageSize: data.crop_size, patchSize: data.patch_size };
  let encoder: ClipEncoder;
  try {
    encoder = clipEncoderConfig(model_name, { ...clip, embedDim, depth, numHeads, normLayers });
  } catch (error) {
    throw new InputError({ problem: sentence`${option('teacher')} cannot be built: ${reasonOf(error)}`, cause: error });
  }
  if (isVjepa2(encoder)) return encoder;
  throw unfitSetting('teacher', 'an encoder of V-JEPA 2 or 2.1', model_name);
}

function otherClipsOf(clips: OtherClipsConfig, data: PretrainingConfig['data']): OtherClips {
  return {
    ...{ videos: clips.datasets, numFrames: clips.num_frames, batchSize: clips.batch_size, imageSize: clips.crop_size },
    clips: { frameStep: clips.sampling_rate, clipRate: clips.fps, weights: clips.datasets_weights },
    augmentation: { scale: clips.random_resize_scale, aspectRatio: clips.random_resize_aspect_ratio },
    masks: clips.mask && masksOf(clips.mask, data),
    contextWeight: clips.context_weight,
  };
}

/** Lambda, where the config says anything of it. */
function contextWeightOf({ loss, optimization }: PretrainingConfig) {
  const { context_weight: weight, context_epochs } = loss;
  if (weight === undefined && context_epochs === undefined) return undefined;
  const published = [(15 / 135) * optimization.epochs, (30 / 135) * optimization.epochs] as const;
  const isConstant = context_epochs === null || (context_epochs === undefined && optimization.decay === 'cool_down');
  const [startEpochs, endEpochs] = isConstant ? [] : (context_epochs ?? published);
  return { weight: weight ?? 0.5, startEpochs, endEpochs };
}

function optimizer(optimization: PretrainingConfig['optimization']) {
  const { start_lr, lr, final_lr, weight_decay, final_weight_decay, ema, betas, eps } = optimization;
  return {
    learningRate: { start: start_lr, reference: lr, final: final_lr },
    weightDecay: { reference: weight_decay, final: final_weight_decay },
    momentum: { start: ema[0], end: ema[1] },
    adamW: { beta1: betas[0], beta2: betas[1], epsilon: eps },
  };
}

function deviationOf(deviation: number | 'by_width'): number | 'by width' {
  return deviation === 'by_width' ? 'by width' : deviation;
}

function masksOf(masks: readonly MaskConfig[], data: PretrainingConfig['data']): MaskPlan {
  const common = { truncation: data.mask_truncation, groupSize: data.mask_group_size };
  if (data.mask_type === 'random_tube') {
    return { ...common, kind: 'random_tube', masks: masks.map(({ ratio }) => ({ ratio: ratio! })) };
  }
  return { ...common, kind: 'multiblock3d', masks: masks.map(multiBlockSettings) };
}

function multiBlockSettings(mask: MaskConfig) {
  return {
    aspectRatio: mask.aspect_ratio!,
    numBlocks: mask.num_blocks!,
    spatialScale: mask.spatial_scale!,
    temporalScale: mask.temporal_scale!,
    maxTemporalKeep: mask.max_temporal_keep,
    maxKeep: mask.max_keep,
  };
}
