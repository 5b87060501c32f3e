import { join } from 'node:path';
import { type EvaluationRecord, type FineTuningPlan, planFineTuning } from '@vjepa/evaluation';
import { configRecord } from './config-record.js';
import { labelledVideos } from './evaluation-plan.js';
import type { FineTuningConfig } from './fine-tuning-config.js';
import { pretrainedEncoder } from './pretrained-encoder.js';
import { MAY_CHANGE } from './results-folder.js';

/** A fine-tuning config in the names of @vjepa/evaluation. */
export function fineTuningPlan(config: FineTuningConfig): FineTuningPlan {
  const { pretrain, data, head, augmentation, optimization } = config;
  return planFineTuning({
    encoder: pretrainedEncoder(pretrain, optimization.resolution),
    checkpoint: join(pretrain.folder, pretrain.checkpoint),
    checkpointKey: pretrain.checkpoint_key,
    data: labelledVideos(data),
    clips: {
      frames: data.frames_per_clip,
      frameStep: data.frame_step ?? pretrain.frame_step,
      duration: pretrain.clip_duration ?? undefined,
      segments: data.num_segments,
      views: data.num_views_per_segment,
      validation: data.validation_clips,
    },
    head: { pooling: head.pooling, checkpoint: head.checkpoint ?? undefined, dropout: head.dropout },
    augmentation: {
      flip: augmentation.horizontal_flip,
      randAugment: augmentation.rand_augment,
      scale: augmentation.random_resize_scale,
      aspectRatio: augmentation.random_resize_aspect_ratio,
      erasingProbability: augmentation.reprob,
    },
    training: {
      epochs: optimization.num_epochs,
      batchSize: optimization.batch_size,
      repeatedSampling: optimization.repeated_sampling,
      learningRate: optimization.lr,
      startLearningRate: optimization.start_lr,
      finalLearningRate: optimization.final_lr,
      warmupEpochs: optimization.warmup,
      weightDecay: optimization.weight_decay,
      layerDecay: optimization.layer_decay,
      clipNorm: optimization.clip_grad,
      dropPath: optimization.drop_path,
      labelSmoothing: optimization.label_smoothing,
      mixup: optimization.mixup,
      cutmix: optimization.cutmix,
      mixProbability: optimization.mix_probability,
      mixSwitchProbability: optimization.mix_switch_probability,
      recompute: optimization.recompute,
    },
    seed: config.seed,
    validateEvery: config.validate_every,
    loading: { workers: config.num_workers, decoder: config.decoder, timeLimitMs: config.decode_time_limit * 1000 },
    tag: pretrain.write_tag,
  });
}

/** How the folder of a fine-tuning keeps its config. */
export function fineTuningRecord(config: FineTuningConfig): EvaluationRecord {
  return { run: configRecord(config), settings: config, mayChange: MAY_CHANGE };
}
