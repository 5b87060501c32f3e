import { checked } from '../config/load-config.js';
import { applyOverrides, type ConfigTree, type Override } from '../config/override.js';
import { type PretrainingConfig, pretrainingConfig } from '../config/pretraining-config.js';

/** The demo's pretraining config; the index file and the folder are filled in. */
const demoConfigTree = {
  app: 'vjepa',
  data: {
    datasets: ['runs/demo-videos/train.joint.csv'],
    batch_size: 32,
    num_frames: 8,
    tubelet_size: 2,
    sampling_rate: 2,
    crop_size: 32,
    patch_size: 8,
    num_workers: 1,
  },
  data_aug: { random_resize_scale: [0.6, 1] },
  logging: { folder: 'runs/demo', write_tag: 'jepa', console_every: 25, images_every: 250 },
  mask: [
    { aspect_ratio: [0.75, 1.5], num_blocks: 4, spatial_scale: [0.15, 0.15], temporal_scale: [1, 1] },
    { aspect_ratio: [0.75, 1.5], num_blocks: 1, spatial_scale: [0.5, 0.5], temporal_scale: [1, 1] },
  ],
  meta: { seed: 0, dtype: 'float32' },
  model: {
    model_name: 'vit_tiny',
    embed_dim: 96,
    depth: 4,
    num_heads: 3,
    pred_embed_dim: 48,
    pred_depth: 2,
    uniform_power: true,
  },
  optimization: {
    ipe: 100,
    ipe_scale: 1.25,
    epochs: 4,
    warmup: 1,
    start_lr: 2e-4,
    lr: 1e-3,
    final_lr: 1e-6,
    weight_decay: 0.04,
    final_weight_decay: 0.1,
    clip_grad: 10,
    ema: [0.998, 1],
  },
} satisfies ConfigTree;

/** The demo's config with these overrides. */
export function demoConfig(overrides: readonly Override[]): PretrainingConfig {
  return checked(pretrainingConfig, 'demo', applyOverrides(demoConfigTree, overrides)).config;
}
