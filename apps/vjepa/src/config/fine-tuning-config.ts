import { z } from 'zod';
import { pretrainedModel, videoData } from './evaluation-config.js';
import { amount, count, decoderName, fileName, interval, workers } from './fields.js';

const rate = z.number().min(0);
const probability = z.number().min(0).max(1);

/**
 * End-to-end fine-tuning on videos, `eval_name: video_classification_finetuning`. The reference has no code for it; the
 * sections are those of its evaluations, the settings those of the paper's appendix.
 */
export const fineTuningConfig = z.strictObject({
  eval_name: z.literal('video_classification_finetuning'),
  tag: fileName.nullable().default(null),
  resume_checkpoint: z.boolean().default(false),
  pretrain: pretrainedModel,
  data: videoData,
  head: z
    .strictObject({
      pooling: z.enum(['average', 'attentive']).default('average'),
      checkpoint: z.string().min(1).nullable().default(null).describe('a trained attentive probe to start from'),
      dropout: z.number().min(0).lt(1).default(0),
    })
    .default({ pooling: 'average', checkpoint: null, dropout: 0 }),
  augmentation: z
    .strictObject({
      horizontal_flip: z.boolean().default(true),
      rand_augment: z.boolean().default(true).describe('rand-m7-n4-mstd0.5-inc1'),
      random_resize_scale: interval(z.number().gt(0).max(1)).default([0.08, 1]),
      random_resize_aspect_ratio: interval(z.number().positive()).default([0.75, 4 / 3]),
      reprob: probability.default(0.25).describe('random erasing'),
    })
    .default({
      horizontal_flip: true,
      rand_augment: true,
      random_resize_scale: [0.08, 1],
      random_resize_aspect_ratio: [0.75, 4 / 3],
      reprob: 0.25,
    }),
  optimization: z.strictObject({
    resolution: count.default(224),
    num_epochs: count,
    batch_size: amount.describe('videos a step; with repeated_sampling each comes several times'),
    repeated_sampling: amount.default(2),
    lr: rate.positive().describe('for this batch size; it is not scaled'),
    start_lr: rate,
    final_lr: rate,
    warmup: rate.default(5).describe('epochs'),
    weight_decay: rate.default(0.05),
    layer_decay: z.number().gt(0).max(1).default(0.75),
    clip_grad: z.number().positive().nullable().default(null),
    drop_path: z.number().min(0).lt(1).default(0.1),
    label_smoothing: z.number().min(0).lt(1).default(0.1),
    mixup: rate.default(0.8),
    cutmix: rate.default(1),
    mix_probability: probability.default(1),
    mix_switch_probability: probability.default(0.5),
    use_bfloat16: z.boolean().default(false),
    recompute: z
      .enum(['none', 'elementwise', 'block'])
      .default('none')
      .describe('what the backward pass computes again instead of keeping it: less memory, more time'),
  }),
  validate_every: count.default(1).describe('epochs between two validations; the last epoch is always validated'),
  seed: z.int().min(0).default(0),
  num_workers: workers.default(1),
  decoder: decoderName.default('auto'),
  decode_time_limit: z.number().positive().default(60),
});

export type FineTuningConfig = z.output<typeof fineTuningConfig>;
