import { type FineTuningPlan, planFineTuning } from '@vjepa/evaluation';
import { labelledVideos } from './evaluation-plan.js';
import type { FineTuningConfig } from './fine-tuning-config.js';
import { pretrainedEncoder } from './pretrained-encoder.js';
import { clipSettings, loadingSettings, sharedSettings, trainingSettings } from './shared-settings.js';

/** A fine-tuning config in the names of @vjepa/evaluation. */
export function fineTuningPlan(config: FineTuningConfig): FineTuningPlan {
  const { pretrain, data, head, augmentation, optimization } = config;
  return planFineTuning({
    ...sharedSettings(config),
    encoder: pretrainedEncoder(pretrain, optimization.resolution),
    data: labelledVideos(data),
    clips: clipSettings(config),
    head: { pooling: head.pooling, checkpoint: head.checkpoint ?? undefined, dropout: head.dropout },
    augmentation: {
      flip: augmentation.horizontal_flip,
      randAugment: augmentation.rand_augment,
      scale: augmentation.random_resize_scale,
      aspectRatio: augmentation.random_resize_aspect_ratio,
      erasingProbability: augmentation.reprob,
    },
    training: {
      ...trainingSettings(config),
      repeatedSampling: optimization.repeated_sampling,
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
    validateEvery: config.validate_every,
    loading: { workers: config.num_workers, ...loadingSettings(config) },
  });
}
