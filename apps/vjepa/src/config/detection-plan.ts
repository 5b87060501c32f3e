import { type DetectionPlan, planDetection } from '@vjepa/evaluation';
import type { DetectionConfig } from './detection-config.js';
import { pretrainedEncoder } from './pretrained-encoder.js';
import { loadingSettings, sharedSettings, trainingSettings } from './shared-settings.js';

/** A config of action detection in the names of @vjepa/evaluation. */
export function detectionPlan(config: DetectionConfig): DetectionPlan {
  const { pretrain, data, optimization } = config;
  return planDetection({
    ...sharedSettings(config),
    encoder: pretrainedEncoder({ ...pretrain, frames_per_clip: data.frames_per_clip }, optimization.resolution),
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
    training: trainingSettings(config),
    loading: loadingSettings(config),
  });
}
