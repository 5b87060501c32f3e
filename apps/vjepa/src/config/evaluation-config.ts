import { z } from 'zod';
import { count, decoderName, fraction, modelName } from './fields.js';

/** The frozen backbone: which checkpoint, and the model it was saved from. */
const pretrain = z.strictObject({
  model_name: modelName,
  checkpoint_key: z.string().default('target_encoder'),
  clip_duration: z.number().positive().nullable().default(null),
  frames_per_clip: count.default(1),
  tubelet_size: count.default(2),
  frame_step: count.default(4),
  uniform_power: z.boolean().default(false),
  use_silu: z.boolean().default(false),
  tight_silu: z.boolean().default(true),
  use_sdpa: z.boolean().default(true),
  patch_size: count.default(16),
  folder: z.string().min(1),
  checkpoint: z.string().min(1),
  write_tag: z.string().min(1),

  // Ours: sizes that override those of model_name.
  embed_dim: count.optional(),
  depth: count.optional(),
  num_heads: count.optional(),
  mlp_ratio: z.number().positive().optional(),
});

const optimization = {
  num_epochs: count,
  batch_size: count,
  weight_decay: z.number().min(0),
  final_weight_decay: z.number().min(0).default(1e-6),
  lr: z.number().positive(),
  start_lr: z.number().min(0),
  final_lr: z.number().min(0),
  warmup: z.number().min(0).default(0).describe('epochs'),
  use_bfloat16: z.boolean().default(false),
};

/** Our own keys, common to both evaluations. */
const ours = {
  probe: z
    .strictObject({
      pooling: z.enum(['attentive', 'average']).default('attentive'),
      depth: count.default(1).describe('attentive blocks; 2 is the two-layer probe of the paper'),
      num_heads: count.optional().describe('default: as many as the encoder'),
    })
    .default({ pooling: 'attentive', depth: 1 }),
  low_shot: fraction.nullable().default(null).describe('share of the training set that is used, for example 0.05'),
  seed: z.int().min(0).default(0),
  num_workers: z.int().min(0).default(1),
  decoder: decoderName.default('auto'),
};

const common = {
  nodes: count.default(1),
  tasks_per_node: count.default(1),
  tag: z.string().min(1).nullable().default(null),
  resume_checkpoint: z.boolean().default(false),
  pretrain,
  ...ours,
};

/** `eval_name: video_classification_frozen`, the reference's file key for key. */
export const videoEvaluationConfig = z.strictObject({
  eval_name: z.literal('video_classification_frozen'),
  ...common,
  data: z.strictObject({
    dataset_train: z.string().min(1),
    dataset_val: z.string().min(1),
    dataset_type: z.string().default('VideoDataset'),
    num_classes: count,
    frames_per_clip: count.default(16),
    num_segments: count.default(1),
    num_views_per_segment: count.default(1),
    frame_step: count.default(4),
  }),
  optimization: z.strictObject({
    ...optimization,
    resolution: count.default(224),
    attend_across_segments: z.boolean().default(false),
  }),
});

/** `eval_name: image_classification_frozen`, the reference's file key for key. */
export const imageEvaluationConfig = z.strictObject({
  eval_name: z.literal('image_classification_frozen'),
  ...common,
  data: z.strictObject({
    dataset_name: z.string().min(1),
    root_path: z.string().min(1),
    image_folder: z.string().min(1),
    num_classes: count,
    resolution: count.default(224),
  }),
  optimization: z.strictObject({ ...optimization, resolution: count.optional() }),
});

export type VideoEvaluationConfig = z.output<typeof videoEvaluationConfig>;
export type ImageEvaluationConfig = z.output<typeof imageEvaluationConfig>;
export type EvaluationConfig = VideoEvaluationConfig | ImageEvaluationConfig;
