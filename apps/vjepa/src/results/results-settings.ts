import type { ResultsSettings } from '@vjepa/evaluation';
import {
  type EvaluationConfig,
  type VideoEvaluationConfig,
  videoEvaluationConfig,
} from '../config/evaluation-config.js';
import { type FineTuningConfig, fineTuningConfig } from '../config/fine-tuning-config.js';
import { checked } from '../config/load-config.js';
import { type PretrainingConfig, pretrainingConfig } from '../config/pretraining-config.js';
import { demoConfigTree } from '../demo/demo-config.js';

const { data: clip, model } = demoConfigTree;

/** The demo's small V-JEPA: 8 frames of 32 x 32, patches of 8, tubelets of 2 (64 tokens); trained for longer. */
export function resultsPretraining(
  settings: ResultsSettings,
  index: string,
  run: string,
  seed: number,
): PretrainingConfig {
  const epochs = 10;
  const ipe = Math.max(1, Math.round(settings.pretrainSteps / epochs));
  const logging = { console_every: 100, tensorboard: false, statistics: false, images_every: null };
  const tree = {
    ...demoConfigTree,
    data: { ...clip, datasets: [index] },
    logging: { ...demoConfigTree.logging, ...logging, folder: run },
    checkpoints: { reference: true, every: Math.max(1, Math.round(settings.pretrainSteps / 4)) },
    meta: { ...demoConfigTree.meta, seed },
    optimization: { ...demoConfigTree.optimization, ipe, epochs },
  };
  return checked(pretrainingConfig, 'results', tree).config;
}

interface Sets {
  train: string;
  validation: string;
  test: string;
  classes: number;
}

const pretrained = (folder: string) => ({
  model_name: model.model_name,
  embed_dim: model.embed_dim,
  depth: model.depth,
  num_heads: model.num_heads,
  uniform_power: model.uniform_power,
  frames_per_clip: clip.num_frames,
  tubelet_size: clip.tubelet_size,
  patch_size: clip.patch_size,
  frame_step: clip.sampling_rate,
  folder,
  checkpoint: 'jepa-latest.pth.tar',
  write_tag: 'probe',
});

/** Tried on the validation videos: the paper's for attentive probes, higher ones for a single linear layer. */
const probeRates = { attentive: [3e-3, 1e-3], average: [3e-2, 1e-2, 3e-3] } as const;

const PROBE_BATCH = 16;

export interface ResultsProbe {
  pooling: EvaluationConfig['probe']['pooling'];
  /** Share of the labels. */
  fraction: number;
  seed: number;
}

/**
 * A frozen evaluation: one clip, one view. Probes of several learning rates are read off after their last epoch; the
 * one that is best on the validation videos is asked about the test videos.
 */
export function resultsEvaluation(
  { train, probeUpdates }: ResultsSettings,
  sets: Sets,
  folder: string,
  { pooling, fraction, seed }: ResultsProbe,
): VideoEvaluationConfig {
  const epochs = Math.ceil(probeUpdates / Math.ceil((fraction * train) / PROBE_BATCH));
  const tree = {
    eval_name: 'video_classification_frozen',
    data: {
      dataset_train: sets.train,
      dataset_val: sets.validation,
      dataset_test: sets.test,
      num_classes: sets.classes,
      frames_per_clip: clip.num_frames,
    },
    optimization: {
      resolution: clip.crop_size,
      attend_across_segments: true,
      num_epochs: epochs,
      batch_size: PROBE_BATCH,
      lr: 1e-3,
      start_lr: 1e-3,
      final_lr: 0,
      weight_decay: 0.01,
    },
    pretrain: pretrained(folder),
    probe: { pooling },
    sweep: { lr: [...probeRates[pooling]] },
    low_shot: { fraction, seeds: [seed] },
    seed,
    validate_every: epochs,
  };
  return checked(videoEvaluationConfig, 'results', tree).config;
}

/** Fine-tuning on all labels; nothing is chosen, so the test videos are asked directly. No mirror images, and crops that keep the shape: both would change the labels. */
export function resultsFineTuning(
  settings: ResultsSettings,
  sets: Sets,
  folder: string,
  seed: number,
): FineTuningConfig {
  const tree = {
    eval_name: 'video_classification_finetuning',
    pretrain: pretrained(folder),
    data: {
      dataset_train: sets.train,
      dataset_val: sets.test,
      num_classes: sets.classes,
      frames_per_clip: clip.num_frames,
    },
    head: { pooling: 'average' },
    augmentation: { horizontal_flip: false, rand_augment: false, random_resize_scale: [0.6, 1], reprob: 0 },
    optimization: {
      resolution: clip.crop_size,
      num_epochs: settings.fineTuneEpochs,
      batch_size: 16,
      repeated_sampling: 1,
      lr: 1e-3,
      start_lr: 1e-5,
      final_lr: 1e-6,
      warmup: 1,
      weight_decay: 0.05,
      layer_decay: 0.75,
      drop_path: 0,
      mixup: 0,
      cutmix: 0,
    },
    validate_every: settings.fineTuneEpochs,
    seed,
  };
  return checked(fineTuningConfig, 'results', tree).config;
}
