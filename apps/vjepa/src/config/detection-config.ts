import { z } from 'zod';
import { pretrainedModel } from './evaluation-config.js';
import { amount, count, decoderName, fileName } from './fields.js';

const rate = z.number().min(0);

/**
 * Frozen action detection on AVA, `eval_name: action_detection_frozen`. The reference has no code for it; the settings
 * are those of the paper's appendix.
 */
export const detectionConfig = z.strictObject({
  eval_name: z.literal('action_detection_frozen'),
  tag: fileName.nullable().default(null),
  pretrain: pretrainedModel,
  data: z.strictObject({
    annotations: z
      .string()
      .min(1)
      .describe('folder of ava_{train,val}_v2.2.csv, the label map and the exclusion lists'),
    videos: z.string().min(1).describe('folder of the films, {id}.mp4, .mkv, .webm, …'),
    video_start: rate.default(0).describe('second of the film that a file begins with; 900 for the usual cut files'),
    proposals: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('person boxes to classify; null: the annotated ones'),
    minimum_score: z.number().min(0).max(1).default(0.8).describe('proposals below this confidence are left out'),
    num_classes: amount.default(60),
    frames_per_clip: count.default(16),
    frame_step: count.default(4),
  }),
  layers: z
    .array(z.int())
    .min(1)
    .nullable()
    .default(null)
    .describe('blocks whose features are used, counted from 1; null: the last and the 2nd, 4th and 6th before it'),
  optimization: z.strictObject({
    resolution: count.default(224),
    num_epochs: count.default(30),
    batch_size: amount.default(64).describe('boxes a step'),
    lr: rate.positive().default(1e-4),
    start_lr: rate.default(1e-6),
    final_lr: rate.default(1e-6),
    warmup: rate.default(2).describe('epochs'),
    weight_decay: rate.default(0.05),
    use_bfloat16: z.boolean().default(false),
  }),
  seed: z.int().min(0).default(0),
  decoder: decoderName.default('auto'),
  decode_time_limit: z.number().positive().default(60),
});

export type DetectionConfig = z.output<typeof detectionConfig>;
