import { join } from 'node:path';
import { type DetectionPlan, type EvaluationRecord, planDetection } from '@vjepa/evaluation';
import { configRecord } from './config-record.js';
import type { DetectionConfig } from './detection-config.js';
import { pretrainedEncoder } from './pretrained-encoder.js';
import { MAY_CHANGE } from './results-folder.js';

/** A config of action detection in the names of @vjepa/evaluation. */
export function detectionPlan(config: DetectionConfig): DetectionPlan {
  const { pretrain, data, optimization } = config;
  return planDetection({
    encoder: pretrainedEncoder({ ...pretrain, frames_per_clip: data.frames_per_clip }, optimization.resolution),
    checkpoint: join(pretrain.folder, pretrain.checkpoint),
    checkpointKey: pretrain.checkpoint_key,
    data: {
      annotations: data.annotations,
      videos: data.videos,
      videoStart: data.video_start,
      proposals: data.proposals ?? undefined,
      minimumScore: data.minimum_score,
      classes: data.num_classes,
    },
    clips: { frames: data.frames_per_clip, frameStep: data.frame_step },
    layers: config.layers ?? undefined,
    training: {
      epochs: optimization.num_epochs,
      batchSize: optimization.batch_size,
      learningRate: optimization.lr,
      startLearningRate: optimization.start_lr,
      finalLearningRate: optimization.final_lr,
      warmupEpochs: optimization.warmup,
      weightDecay: optimization.weight_decay,
    },
    seed: config.seed,
    loading: { decoder: config.decoder, timeLimitMs: config.decode_time_limit * 1000 },
    tag: pretrain.write_tag,
  });
}

/** How the folder of a detection keeps its config. */
export function detectionRecord(config: DetectionConfig): EvaluationRecord {
  return { run: configRecord(config), settings: config, mayChange: MAY_CHANGE };
}
