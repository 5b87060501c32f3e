import { dirname, join, normalize, relative } from 'node:path';
import { z } from 'zod';
import { CommandError } from '../command-error.js';
import { amount, count } from './fields.js';
import type { ConfigTree } from './override.js';

const rate = z.number().min(0);

const head = z.strictObject({
  lr: rate,
  start_lr: rate,
  final_lr: rate,
  warmup: rate,
  weight_decay: rate,
  final_weight_decay: rate,
});

/**
 * The file of a frozen evaluation as V-JEPA 2's reference has it: sections `experiment` and `model_kwargs`. Other sections
 * are those of our own files, and go before.
 */
export const vjepa2EvaluationFile = z.looseObject({
  folder: z.string().min(1).optional().describe("the results' place, beside which the evaluation has a folder"),
  max_workers: z.int().min(0).optional(),
  cpus_per_task: z.unknown().optional(),
  mem_per_gpu: z.unknown().optional(),
  val_only: z.boolean().optional(),
  experiment: z.strictObject({
    classifier: z.strictObject({ num_probe_blocks: amount.default(1), num_heads: count.default(16) }).prefault({}),
    data: z.looseObject({
      resolution: count.default(224),
      frames_per_clip: count.optional(),
      frame_step: count.optional(),
      clip_duration: z.number().positive().nullable().optional(),
      normalization: z.null().optional(),
      // Of anticipations: what they are all augmented with.
      dataset: z.literal('EK100').optional(),
      auto_augment: z.literal(true).optional(),
      motion_shift: z.literal(false).optional(),
      random_resize_scale: z.tuple([z.literal(0.08), z.literal(1)]).optional(),
      reprob: z.literal(0.25).optional(),
    }),
    optimization: z.strictObject({
      batch_size: amount,
      num_epochs: count,
      use_bfloat16: z.boolean().default(false),
      use_pos_embed: z.literal(false).optional(),
      use_focal_loss: z.literal(true).optional(),
      multihead_kwargs: z.array(head).min(1),
    }),
  }),
  model_kwargs: z.strictObject({
    checkpoint: z.string().min(1),
    module_name: z.string().optional(),
    wrapper_kwargs: z
      .strictObject({
        max_frames: count.optional(),
        use_pos_embed: z.literal(false).optional(),
        out_layers: z.array(z.int().min(0)).min(1).optional(),
        img_as_video_nframes: count.optional(),
        no_predictor: z.boolean().optional(),
        no_encoder: z.boolean().optional(),
        num_output_frames: z.literal(2).optional(),
        num_steps: z.literal(1).optional(),
      })
      .prefault({}),
    pretrain_kwargs: z.strictObject({
      use_v2_1: z.boolean().default(false),
      predictor: z.looseObject({ checkpoint_key: z.string().default('predictor') }).optional(),
      encoder: z.looseObject({
        model_name: z.string(),
        use_rope: z.boolean().default(false),
        img_temporal_dim_size: z.union([z.null(), z.literal(1)]).optional(),
      }),
    }),
  }),
});

/** Of a file that only asks a trained probe, whose own rates are all 0. */
const UNUSED_RATES = { lr: 1e-3, start_lr: 1e-3, final_lr: 0, weight_decay: 0, final_weight_decay: 0 };

/** The same evaluation as a file of our own. */
export function ownEvaluationTree(file: z.output<typeof vjepa2EvaluationFile>): ConfigTree {
  const { classifier, data, optimization } = file.experiment;
  const { wrapper_kwargs: wrapper, checkpoint, pretrain_kwargs } = file.model_kwargs;
  const { encoder, use_v2_1, predictor } = pretrain_kwargs;
  const { batch_size, num_epochs, use_bfloat16, multihead_kwargs: heads } = optimization;
  const isImages = file.eval_name === 'image_classification_frozen';
  const isAhead = file.eval_name === 'action_anticipation_frozen';
  const folder = file.folder ?? dirname(checkpoint);
  const first = file.val_only ? UNUSED_RATES : heads[0]!;
  const own = without(file, ['folder', 'max_workers', 'cpus_per_task', 'mem_per_gpu']);
  const sweep = section(own.sweep);
  const isInPairs = 'lr' in sweep || 'weight_decay' in sweep;
  return {
    ...(file.max_workers !== undefined && { num_workers: file.max_workers }),
    ...without(own, ['experiment', 'model_kwargs']),
    ...(isAhead && { features: wrapper.no_predictor ? 'encoder' : wrapper.no_encoder ? 'predictor' : undefined }),
    data: {
      ...(isAhead
        ? anticipationData(data)
        : without(data, ['clip_duration', 'normalization', ...(isImages ? [] : ['resolution'])])),
      ...section(own.data),
    },
    optimization: {
      ...{ batch_size, num_epochs, use_bfloat16, ...first, clip_grad: null, decayed: 'all' },
      ...(first.weight_decay === first.final_weight_decay && { final_weight_decay: null }),
      ...(isImages ? {} : { resolution: data.resolution, ...(!isAhead && { attend_across_segments: true }) }),
      ...section(own.optimization),
    },
    pretrain: {
      ...without(encoder, ['use_rope', 'img_temporal_dim_size']),
      model_name: `${use_v2_1 ? 'vjepa2_1_' : encoder.use_rope ? 'vjepa2_' : ''}${encoder.model_name}`,
      ...(isAhead && { predictor_key: predictor?.checkpoint_key }),
      frames_per_clip: wrapper.img_as_video_nframes ?? data.frames_per_clip ?? 16,
      frame_step: data.frame_step ?? 4,
      clip_duration: data.clip_duration ?? null,
      ...{ folder, checkpoint: relative(folder, checkpoint), write_tag: 'probe' },
      ...section(own.pretrain),
    },
    probe: {
      ...(!isAhead && { self_attention: 'before' }),
      ...{ depth: classifier.num_probe_blocks, num_heads: classifier.num_heads },
      ...(wrapper.out_layers && { layers: wrapper.out_layers.map((layer) => layer + 1) }),
      ...section(own.probe),
    },
    sweep: own.sweep === null || file.val_only ? null : { ...(isInPairs ? {} : { probes: heads }), ...sweep },
  };
}

/** Where the actions are and which clips come before them: keys of our own for the reference's; augmentation is its own. */
function anticipationData({
  dataset_train,
  dataset_val,
  base_path,
  frames_per_second,
  ...data
}: ConfigTree): ConfigTree {
  const annotations = dirname(String(dataset_train));
  const [train, val] = [join(annotations, 'EPIC_100_train.csv'), join(annotations, 'EPIC_100_validation.csv')];
  if (normalize(String(dataset_train)) !== train || normalize(String(dataset_val)) !== val) {
    const found = `${dataset_train}, ${dataset_val}`;
    throw new CommandError(`experiment.data.dataset_train, dataset_val: expected ${train}, ${val}, found ${found}`);
  }
  const theirs = ['dataset', 'file_format', 'num_workers', 'pin_memory', 'resolution'];
  const augmentation = ['auto_augment', 'motion_shift', 'random_resize_scale', 'reprob'];
  const own = without(data, [...theirs, ...augmentation]);
  return { ...own, annotations, videos: base_path, fps: frames_per_second };
}

function section(tree: unknown): ConfigTree {
  return typeof tree === 'object' && tree !== null ? (tree as ConfigTree) : {};
}

function without(tree: ConfigTree, keys: readonly string[]): ConfigTree {
  return Object.fromEntries(Object.entries(tree).filter(([key]) => !keys.includes(key)));
}
