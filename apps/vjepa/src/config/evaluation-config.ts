import { LOW_SHOT_SEEDS } from '@vjepa/benchmarks';
import { z } from 'zod';
import { amount, count, decoderName, encoderName, fileName, fraction, interval, nameOf, workers } from './fields.js';
import { nearestKey } from './nearest-key.js';

/** The pretrained backbone: which checkpoint, and the model it was saved from. */
export const pretrainedModel = z.strictObject({
  model_name: encoderName,
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
  checkpoint: z.string().min(1).nullable().describe('null: none, the parameters are random, drawn from seed'),
  write_tag: fileName,

  // Ours: sizes that override those of model_name.
  embed_dim: count.optional(),
  depth: count.optional(),
  num_heads: count.optional(),
  mlp_ratio: z.number().positive().optional(),
  norm_layers: z.array(z.int().min(0)).optional().describe('V-JEPA 2.1: blocks whose outputs are levels, from 0'),
});

const optimization = {
  num_epochs: count,
  batch_size: amount,
  weight_decay: z.number().min(0),
  final_weight_decay: z.number().min(0).nullable().default(1e-6).describe('null: the weight decay stays what it is'),
  lr: z.number().positive(),
  start_lr: z.number().min(0),
  final_lr: z.number().min(0),
  warmup: z.number().min(0).default(0).describe('epochs'),
  use_bfloat16: z.boolean().default(false),

  // Ours.
  clip_grad: z
    .number()
    .positive()
    .nullable()
    .default(1)
    .describe("largest norm of a probe's gradients; null: not clipped; 1: as the reference has it"),
  decayed: z
    .enum(['matrices', 'all'])
    .optional()
    .describe('what weight decay applies to; default: matrices; all: as V-JEPA 2 has it'),
};

const rate = z.number().min(0);

/** One probe of a sweep; what is left out is that of `optimization`. */
const sweepProbe = z.strictObject({
  lr: rate.positive(),
  weight_decay: rate,
  start_lr: rate.optional(),
  final_lr: rate.optional(),
  warmup: rate.optional().describe('epochs'),
  final_weight_decay: rate.optional(),
});

/** Our own keys, common to both evaluations. */
const ours = {
  probe: z
    .strictObject({
      pooling: z.enum(['attentive', 'average']).default('attentive'),
      depth: amount.default(1).describe('attentive blocks; 2 is the two-layer probe of the paper'),
      num_heads: count.optional().describe('default: as many as the encoder; 16 with self-attention before'),
      self_attention: z
        .enum(['after', 'before'])
        .optional()
        .describe("a deeper probe's self-attention: after the cross-attention (default), or before it, as V-JEPA 2's"),
      layers: z
        .array(count)
        .min(1)
        .optional()
        .describe('blocks, counted from 1, whose tokens the probe sees one after the other; default: the last'),
    })
    .default({ pooling: 'attentive', depth: 1 }),
  sweep: z
    .strictObject({
      lr: z.array(rate.positive()).min(1).optional(),
      weight_decay: z.array(rate).min(1).optional(),
      probes: z.array(sweepProbe).min(1).optional().describe('the probes one by one, in place of pairs'),
      held_out: z
        .number()
        .min(0)
        .max(0.5)
        .optional()
        .describe(
          'share of the training samples by which the best is chosen; 0: the validation set, as published; ' +
            "default: 0.05 for V-JEPA 2's probes, 0 for others",
        ),
    })
    .nullable()
    .default(null)
    .describe('probes that train at once on the same features, one for each pair of learning rate and weight decay'),
  low_shot: z
    .union([
      fraction,
      z.strictObject({
        fraction: z.union([fraction, z.array(fraction).min(1)]),
        seeds: z
          .array(z.int())
          .min(1)
          .default([...LOW_SHOT_SEEDS]),
      }),
    ])
    .nullable()
    .default(null)
    .describe('share of the training set, the same of every class, for example 0.05; drawn once for each seed'),
  cache: z
    .strictObject({
      augmentations: z
        .int()
        .min(0)
        .default(0)
        .describe('with --cache: augmented versions of each training sample; 0: one, as at test time'),
      precision: z.enum(['float32', 'float16']).default('float32').describe('of the features on disk'),
    })
    .default({ augmentations: 0, precision: 'float32' }),
  seed: z.int().min(0).default(0),
  validate_every: count.default(1).describe('epochs between two validations; the last epoch is always validated'),
  reshuffle: z.boolean().default(true).describe('false: the same order in every epoch, as the reference has it'),
  augment: z.boolean().default(true).describe('false: training samples look as they do at test time'),
  num_workers: workers.default(1),
  decoder: decoderName.default('auto'),
  decode_time_limit: z.number().positive().default(60).describe('seconds one sample may take before it counts as bad'),
  probe_batch: amount
    .nullable()
    .default(null)
    .describe(
      'samples that pass the probe together; their gradients add up to those of the batch; null: by their size',
    ),
  encoder_batch: amount.nullable().default(null).describe('clips that pass the encoder together; null: by their size'),
};

const ourData = {
  class_names: z.string().min(1).nullable().default(null).describe('file of class names: one a line, or JSON'),
};

const common = {
  nodes: count.default(1),
  tasks_per_node: count.default(1),
  tag: fileName.nullable().default(null),
  resume_checkpoint: z.boolean().default(false),
  val_only: z.boolean().optional().describe('true: a trained probe is asked, which --probe names'),
  pretrain: pretrainedModel,
  ...ours,
};

/** Labelled videos, and the clips that are taken from them. */
export const videoData = z.strictObject({
  dataset_train: z.string().min(1),
  dataset_val: z.string().min(1),
  dataset_type: nameOf([
    ...['VideoDataset', 'kinetics-400', 'kinetics-600', 'kinetics-700', 'something-something-v2'],
    ...['diving48', 'jester', 'coin'],
  ] as const)
    .default('VideoDataset')
    .describe('VideoDataset: lists, class folders or tar shards; else the layout of a data set whose folder is named'),
  num_classes: amount,
  frames_per_clip: count.default(16),
  num_segments: amount.default(1),
  num_views_per_segment: amount.default(1),
  frame_step: count.optional().describe('default: pretrain.frame_step, the only one the reference reads'),
  fps: z.number().positive().optional().describe('frames of a clip in a second of video, in place of frame_step'),
  ...ourData,
  dataset_test: z.string().min(1).nullable().default(null).describe('a third set, looked at once, after training'),
  validation_clips: z
    .enum(['center', 'random', 'start'])
    .default('center')
    .describe('where validation clips lie in long videos; random: as the reference has it'),
});

/** `eval_name: video_classification_frozen`, the reference's file key for key. */
export const videoEvaluationConfig = z.strictObject({
  eval_name: z.literal('video_classification_frozen'),
  ...common,
  data: videoData,
  optimization: z.strictObject({
    ...optimization,
    resolution: count.default(224),
    attend_across_segments: z.boolean().default(false),
  }),
});

/** The image data sets whose own trees are known, by the reference's names; any other name: class folders. */
const IMAGE_DATASETS = ['ImageNet', 'Places205', 'iNat21'] as const;

const imageDataset = z
  .string()
  .min(1)
  .superRefine((name, context) => {
    const isKnown = IMAGE_DATASETS.some((known) => name.toLowerCase().startsWith(known.toLowerCase()));
    const near = isKnown ? undefined : nearestKey(name, IMAGE_DATASETS);
    if (near === undefined) return;
    const message = `expected ${IMAGE_DATASETS.join(', ')}, or for class folders a name unlike these; did you mean ${near}?`;
    context.addIssue({ code: 'custom', message });
  });

/** `eval_name: image_classification_frozen`, the reference's file key for key. */
export const imageEvaluationConfig = z.strictObject({
  eval_name: z.literal('image_classification_frozen'),
  ...common,
  data: z.strictObject({
    dataset_name: imageDataset,
    root_path: z.string().min(1),
    image_folder: z.string().min(1),
    num_classes: amount,
    resolution: count.default(224),
    ...ourData,
    image_repeats: count
      .optional()
      .describe('times an image is repeated in time; default: pretrain.frames_per_clip; V-JEPA 2.1: once'),
  }),
  optimization: z.strictObject({ ...optimization, resolution: count.optional() }),
});

const seconds = z.number().min(0);
const share = seconds.max(1);

/** `eval_name: action_anticipation_frozen`: EPIC-Kitchens-100 as V-JEPA 2 is evaluated on it. */
export const anticipationConfig = z.strictObject({
  eval_name: z.literal('action_anticipation_frozen'),
  ...common,
  pretrain: pretrainedModel.extend({
    predictor_key: z.string().default('predictor'),
    predictor_heads: count.optional().describe('default: 12, of a predictor of width 384'),
  }),
  probe: z.strictObject({ depth: amount.default(4), num_heads: count.default(16) }).prefault({}),
  features: z
    .enum(['encoder and predictor', 'encoder', 'predictor'])
    .default('encoder and predictor')
    .describe('what the probe sees'),
  data: z.strictObject({
    annotations: z
      .string()
      .min(1)
      .describe('folder of EPIC_100_train.csv, EPIC_100_validation.csv and the class names'),
    videos: z.string().min(1).describe('folder of the videos, P01/videos/P01_01.MP4 or P01/P01_01.MP4'),
    frames_per_clip: count.default(32),
    fps: z.number().positive().default(8).describe('frames of a clip in a second of video'),
    anchor: z
      .enum(['stop', 'start'])
      .default('stop')
      .describe(
        "what the seconds are counted back from: the action's end, as published, or its start, as the paper says",
      ),
    train_anticipation_time_sec: interval(seconds).default([0.25, 1.75]),
    anticipation_time_sec: interval(seconds).default([1, 1]).describe('in validation'),
    train_anticipation_point: interval(share).default([0, 0.25]).describe('0: at the anchor; 1: at the other end'),
    val_anticipation_point: interval(share).default([0, 0]),
  }),
  optimization: z.strictObject({ ...optimization, resolution: count.default(256) }),
});

export type AnticipationConfig = z.output<typeof anticipationConfig>;
export type VideoEvaluationConfig = z.output<typeof videoEvaluationConfig>;
export type ImageEvaluationConfig = z.output<typeof imageEvaluationConfig>;
export type EvaluationConfig = VideoEvaluationConfig | ImageEvaluationConfig | AnticipationConfig;
