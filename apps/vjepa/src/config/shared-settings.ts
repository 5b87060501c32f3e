import { join } from 'node:path';
import type { EvaluationRecord } from '@vjepa/evaluation';
import { configRecord } from './config-record.js';
import type { DetectionConfig } from './detection-config.js';
import type { EvaluationConfig, VideoEvaluationConfig } from './evaluation-config.js';
import type { FineTuningConfig } from './fine-tuning-config.js';
import { MAY_CHANGE } from './results-folder.js';

type AnyConfig = EvaluationConfig | FineTuningConfig | DetectionConfig;

/** What evaluations, fine-tunings and detections call the same: the model's file, seed, names of files. */
export function sharedSettings({ pretrain, seed }: AnyConfig) {
  return {
    checkpoint: pretrain.checkpoint === null ? null : join(pretrain.folder, pretrain.checkpoint),
    checkpointKey: pretrain.checkpoint_key,
    seed,
    tag: pretrain.write_tag,
  };
}

/** How long and how fast something is trained, in the packages' names. */
export function trainingSettings({ optimization }: AnyConfig) {
  return {
    epochs: optimization.num_epochs,
    batchSize: optimization.batch_size,
    learningRate: optimization.lr,
    startLearningRate: optimization.start_lr,
    finalLearningRate: optimization.final_lr,
    warmupEpochs: optimization.warmup,
    weightDecay: optimization.weight_decay,
  };
}

/** How pixels are read. */
export function loadingSettings({ decoder, decode_time_limit }: AnyConfig) {
  return { decoder, timeLimitMs: decode_time_limit * 1000 };
}

/** Which clips of a video are seen. */
export function clipSettings({ data, pretrain }: VideoEvaluationConfig | FineTuningConfig) {
  return {
    frames: data.frames_per_clip,
    ...(data.fps === undefined
      ? { frameStep: data.frame_step ?? pretrain.frame_step, duration: pretrain.clip_duration ?? undefined }
      : { clipRate: data.fps }),
    segments: data.num_segments,
    views: data.num_views_per_segment,
    validation: data.validation_clips,
  };
}

/** How a folder of results keeps its config. */
export function resultsRecord(config: AnyConfig): EvaluationRecord {
  return { run: configRecord(config), settings: config, mayChange: MAY_CHANGE };
}
