import { namesShards } from '@vjepa/benchmarks';
import { splitEncoderName } from '@vjepa/vit';
import { z } from 'zod';
import { amount, count, decoderName, encoderName, fileName, fraction, interval, nameOf, workers } from './fields.js';

/** One entry of `mask:`; a random tube needs only `ratio`, a multi-block mask everything else. */
const mask = z.strictObject({
  aspect_ratio: interval(z.number().positive()).optional(),
  num_blocks: amount.optional(),
  spatial_scale: interval(fraction).optional(),
  temporal_scale: interval(fraction).optional(),
  max_temporal_keep: fraction.default(1),
  max_keep: count.nullable().default(null),
  ratio: z.number().gt(0).lt(1).optional().describe('random_tube only: the share of each frame that is removed'),
});

/** One entry of `data.others`, ours; what is left out is as in `data` and `mask`. */
const otherClips = z.strictObject({
  datasets: z.array(z.string()).min(1),
  datasets_weights: z.array(z.number().positive()).optional(),
  num_frames: count.describe('1: images, of V-JEPA 2.1'),
  batch_size: amount,
  crop_size: count.optional(),
  sampling_rate: count.optional(),
  fps: z.number().positive().optional(),
  mask: z.array(mask).min(1).optional().describe('default: as mask; of images 10 blocks of 15 %'),
  random_resize_scale: interval(fraction).optional(),
  random_resize_aspect_ratio: interval(z.number().positive()).optional(),
  context_weight: z.number().min(0).optional().describe('lambda of these'),
});

const data = z.strictObject({
  dataset_type: nameOf(['VideoDataset']).default('VideoDataset'),
  datasets: z
    .array(z.string())
    .min(1)
    .describe(
      'folders of videos, lists of them (one line "path label" each), or tar shards; * and {a,b} stand for several',
    ),
  datasets_weights: z.array(z.number().positive()).nullable().default(null),
  decode_one_clip: z.boolean().default(true),
  batch_size: amount,
  num_clips: count.default(1),
  num_frames: count.default(16),
  tubelet_size: count.default(2),
  sampling_rate: count.default(4),
  crop_size: count.default(224),
  patch_size: count.default(16),
  pin_mem: z.boolean().default(true),
  num_workers: workers.default(1),
  filter_short_videos: z.boolean().default(false),
  clip_duration: z.number().positive().nullable().default(null),
  log_resource_utilization: z.boolean().default(false),
  mask_type: z.enum(['multiblock3d', 'random_tube']).default('multiblock3d'),

  // Ours.
  others: z
    .array(otherClips)
    .optional()
    .describe('V-JEPA 2: clips of other lengths, or images, that every step has beside these'),
  fps: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe('frames of the clip per second of video, in place of sampling_rate and clip_duration: 4 for V-JEPA 2'),
  mask_truncation: z
    .enum(['raster', 'random'])
    .default('raster')
    .describe('how masks of unequal length are cut: the first tokens, as the reference does, or a random subset'),
  mask_group_size: amount
    .nullable()
    .default(null)
    .describe('masks are cut to a common length in groups of this many clips; null: the batch'),
  fraction: fraction.default(1).describe("the part of each list's videos that is used, drawn from meta.seed"),
  shuffle_buffer: count.default(1000).describe('videos of tar shards that are held back to be drawn from'),
  decoder: decoderName.default('auto'),
  decode_time_limit: z.number().positive().default(60).describe('seconds one clip may take before it counts as bad'),
  bad_videos: z.enum(['replace', 'error']).default('replace').describe('what a video that cannot be read leads to'),
  bad_video_share: z.number().min(0).max(1).default(0.01).describe('the run stops when more draws than this were bad'),
  short_video_share: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('the run stops when more draws than this were of videos shorter than a clip'),
});

const dataAugmentation = z.strictObject({
  auto_augment: z.boolean().default(false),
  motion_shift: z.boolean().default(false),
  random_resize_aspect_ratio: interval(z.number().positive()).default([0.75, 1.35]),
  random_resize_scale: interval(fraction).default([0.3, 1]),
  reprob: z.number().min(0).max(1).default(0),

  // Ours.
  horizontal_flip: z.boolean().default(true).describe('mirror every other clip, as published'),
});

const logging = z.strictObject({
  folder: z.string().min(1),
  write_tag: fileName.default('jepa'),

  // Ours.
  console_every: count.default(10).describe('steps between two progress lines'),
  statistics: z.boolean().default(true).describe('record feature, parameter and update statistics with every step'),
  tensorboard: z.boolean().default(true).describe('write TensorBoard event files into the run folder'),
  images_every: count
    .nullable()
    .default(1000)
    .describe('steps between two pictures of clips and masks in TensorBoard; null: none'),
});

const checkpoints = z.strictObject({
  every: count.nullable().default(null).describe('steps between two checkpoints; null: once an epoch (ipe steps)'),
  keep: count.default(2).describe('newest checkpoints kept'),
  keep_every: count.nullable().default(null).describe('checkpoints at multiples of this many steps are never removed'),
  reference: z.boolean().default(false).describe('also write {write_tag}-latest.pth.tar, which the reference reads'),
});

const loss = z.strictObject({
  loss_exp: z.number().positive().default(1),
  reg_coeff: z.number().min(0).default(0),

  // Ours.
  targets: z
    .enum(['features', 'pixels'])
    .default('features')
    .describe("what is predicted; pixels: the paper's comparison, normalised patches and no target encoder"),
  context_weight: z
    .number()
    .min(0)
    .optional()
    .describe('V-JEPA 2.1: lambda, of the loss of visible tokens; default 0.5'),
  context_epochs: z
    .tuple([z.number().min(0), z.number().min(0)])
    .nullable()
    .optional()
    .describe(
      'epochs between which lambda rises from 0; default: 11 % and 22 % of them, null and in a cool-down: it is constant',
    ),
  distance_weights: z
    .boolean()
    .optional()
    .describe('V-JEPA 2.1: visible tokens count less the farther they are from what is hidden; off in a cool-down'),
});

const meta = z.strictObject({
  load_checkpoint: z.boolean().default(false),
  read_checkpoint: z.string().nullable().default(null),
  seed: z.int().min(0).default(234),
  eval_freq: count.default(100),
  save_every_freq: z.int().default(-1).describe('epochs between checkpoints that are kept for good; -1: none'),
  use_sdpa: z.boolean().default(true),
  skip_batches: z.int().default(-1),
  dtype: z.enum(['bfloat16', 'float16', 'float32']).default('float32'),

  // Ours.
  from: z
    .string()
    .nullable()
    .default(null)
    .describe('run folder or checkpoint whose weights a new run begins with, at its own first step'),
});

const deviation = z.union([z.number().positive(), z.literal('by_width')]);

const model = z.strictObject({
  model_name: encoderName,
  pred_depth: amount.default(12),
  pred_embed_dim: count.default(384),
  uniform_power: z.boolean().default(true),
  use_mask_tokens: z.boolean().default(true),
  zero_init_mask_tokens: z.boolean().default(true),

  // Ours: sizes that override those of model_name, for models smaller than the reference's.
  embed_dim: count.optional(),
  depth: amount.optional(),
  num_heads: count.optional(),
  mlp_ratio: z.number().positive().optional(),
  pred_num_heads: count.optional().describe('default: as many heads as the encoder, as the reference has'),
  init_std: deviation
    .default(0.02)
    .describe('deviation of first weights; by_width: 0.02 * sqrt(1024 / width), for models narrower than ViT-L'),
  pred_init_std: deviation.optional().describe('of the predictor; default: as init_std'),
  pred_mask_tokens: count
    .optional()
    .describe('V-JEPA 2: mask tokens; default: as many as masks, and released weights have 10 (2.1: 8)'),
  mask_token: z
    .enum(['group', 'mask'])
    .optional()
    .describe('V-JEPA 2: the first mask token for all masks, as published, or one for each'),
  norm_layers: z.array(z.int().min(0)).optional().describe('V-JEPA 2.1: blocks whose outputs are levels, from 0'),
});

const optimization = z.strictObject({
  epochs: count,
  ipe: count.nullable().default(null).describe('steps per epoch; null: one pass over the index'),
  ipe_scale: z.number().positive().default(1),
  warmup: z.number().min(0).default(0).describe('epochs'),
  start_lr: z.number().min(0),
  lr: z.number().positive(),
  final_lr: z.number().min(0),
  weight_decay: z.number().min(0),
  final_weight_decay: z.number().min(0),
  ema: z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)]),
  clip_grad: z.number().positive().nullable().default(null),
  betas: z.tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)]).default([0.9, 0.999]),
  eps: z.number().positive().default(1e-8),

  // Ours.
  decay: z
    .enum(['cosine', 'cool_down'])
    .optional()
    .describe(
      'how the learning rate falls to final_lr; cool_down: in a straight line from the first step, as V-JEPA 2 ends',
    ),
  pred_lr_scale: z.number().positive().default(1).describe('factor of the predictor’s learning rate'),
  loss_guard: z
    .number()
    .optional()
    .describe('V-JEPA 2.1: a step changes nothing whose loss lies so many deviations above the mean of the last 300'),
  gradient_accumulation_steps: count
    .default(1)
    .describe(
      'in how many equal parts a step has its clips; gradients are added up before the one update: less memory',
    ),
  recompute: z
    .enum(['none', 'elementwise', 'block'])
    .default('none')
    .describe('what the backward pass computes again instead of keeping it: less memory, more time'),
});

/** Ours: a frozen encoder that a smaller one learns from, as V-JEPA 2.1's distilled models do. */
const teacher = z.strictObject({
  checkpoint: z.string().min(1).describe('any file that an encoder is read from'),
  checkpoint_key: z.string().default('target_encoder'),
  model_name: encoderName,
  embed_dim: count.optional(),
  depth: amount.optional(),
  num_heads: count.optional(),
  norm_layers: z.array(z.int().min(0)).optional(),
});

/** Ours: a small probe beside the training; see `runProbe` of @vjepa/evaluation. */
const probe = z.strictObject({
  dataset: z
    .string()
    .min(1)
    .describe('list or tar shards with labels, or a folder of class folders, read as data.datasets are'),
  every: count.default(1000).describe('steps between two probes; the first and the last step have one, too'),
  videos: count.max(2048).default(512).describe('videos of the index that are used, spread over its classes'),
  held_out: z.number().gt(0).lt(1).default(0.25).describe('the share of these that the probe is tested on'),
});

/** What an entry of `mask:` must have. */
const NEEDED: Record<z.output<typeof data>['mask_type'], readonly (keyof z.output<typeof mask>)[]> = {
  multiblock3d: ['aspect_ratio', 'num_blocks', 'spatial_scale', 'temporal_scale'],
  random_tube: ['ratio'],
};

/**
 * The reference's pretraining file, key for key, with our own keys beside them (marked "Ours" above). Every object is
 * strict: a key that is not listed is an error.
 */
export const pretrainingConfig = z
  .strictObject({
    app: z.literal('vjepa').default('vjepa'),
    nodes: count.default(1),
    tasks_per_node: count.default(1),
    data,
    data_aug: dataAugmentation.default(dataAugmentation.parse({})),
    logging,
    loss: loss.default(loss.parse({})),
    mask: z.array(mask).min(1),
    meta: meta.default(meta.parse({})),
    model,
    optimization,
    teacher: teacher.optional(),
    probe: probe.nullable().default(null),
    checkpoints: checkpoints.default(checkpoints.parse({})),
  })
  .superRefine((config, context) => {
    const problem = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    const { data, mask, model } = config;
    if (data.crop_size % data.patch_size !== 0)
      problem(['data', 'crop_size'], `expected a multiple of data.patch_size, ${data.patch_size}`);
    if (data.num_frames % data.tubelet_size !== 0)
      problem(['data', 'num_frames'], `expected a multiple of data.tubelet_size, ${data.tubelet_size}`);
    if (data.num_frames < 2) problem(['data', 'num_frames'], 'expected at least 2 frames');
    if (data.datasets_weights && data.datasets_weights.length !== data.datasets.length)
      problem(
        ['data', 'datasets_weights'],
        `expected one weight for each of the ${data.datasets.length} data.datasets`,
      );
    if (data.datasets.some(namesShards) && !data.datasets.every(namesShards))
      problem(
        ['data', 'datasets'],
        'expected tar shards alone, or none: they are read one after the other, lists and folders at random; found both',
      );
    for (const [i, one] of mask.entries()) {
      for (const key of NEEDED[data.mask_type]) {
        if (one[key] === undefined) problem(['mask', i, key], `is needed by data.mask_type ${data.mask_type}`);
      }
    }
    if (data.num_clips !== 1) problem(['data', 'num_clips'], 'expected 1: pretraining takes one clip from each video');
    const { version } = splitEncoderName(model.model_name);
    const onlyOf = (versions: string, isOne: boolean, keys: Record<string, unknown>) => {
      for (const [path, value] of Object.entries(keys)) {
        if (!isOne && value !== undefined)
          problem(path.split('.'), `expected none: it is of encoders of V-JEPA ${versions} alone`);
      }
    };
    onlyOf('2 and 2.1', version !== '1', {
      ...{ 'model.mask_token': model.mask_token, 'model.pred_mask_tokens': model.pred_mask_tokens },
      ...{ 'data.others': data.others, teacher: config.teacher },
    });
    onlyOf('2.1', version === '2.1', {
      ...{ 'model.norm_layers': model.norm_layers, 'loss.context_weight': config.loss.context_weight },
      ...{ 'loss.context_epochs': config.loss.context_epochs, 'loss.distance_weights': config.loss.distance_weights },
    });
    if (!model.use_mask_tokens)
      problem(['model', 'use_mask_tokens'], 'expected true: the predictor without mask tokens is not built');
  });

export type PretrainingConfig = z.output<typeof pretrainingConfig>;
export type MaskConfig = PretrainingConfig['mask'][number];
