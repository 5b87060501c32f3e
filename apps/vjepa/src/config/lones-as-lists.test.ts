import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { loadEvaluationConfig, loadPretrainingConfig } from './load-config.js';
import { parseOverride } from './override.js';

const SMOKE = 'configs/pretrain/smoke.yaml';
const K400 = 'configs/evaluation/vitl16_k400_16x8x3.yaml';

describe('a lone value where a list is wanted', () => {
  it('is a list of one, by --set', () => {
    const { config } = loadPretrainingConfig(SMOKE, [parseOverride('data.datasets=my videos.csv')]);
    expect(config.data.datasets).toEqual(['my videos.csv']);
    const set = ['sweep.lr=1e-3', 'low_shot={fraction: 0.1, seeds: 3}'].map(parseOverride);
    const evaluation = loadEvaluationConfig(K400, set).config;
    expect(evaluation).toMatchObject({ sweep: { lr: [0.001] }, low_shot: { fraction: 0.1, seeds: [3] } });
    expect(loadEvaluationConfig(K400, [parseOverride('low_shot=0.1')]).config.low_shot).toBe(0.1);
  });

  it('is a list of one, in a file', () => {
    const file = join(temporaryFolder('lone'), 'a.yaml');
    writeFileSync(
      file,
      `data: {datasets: a.csv, datasets_weights: 2, batch_size: 2}
logging: {folder: runs/a}
mask: {aspect_ratio: [0.75, 1.5], num_blocks: 1, spatial_scale: [0.5, 0.5], temporal_scale: [1, 1]}
model: {model_name: vit_tiny}
optimization: {epochs: 1, start_lr: 0, lr: 1, final_lr: 0, weight_decay: 0, final_weight_decay: 0, ema: [1, 1]}
`,
    );
    const { config } = loadPretrainingConfig(file);
    expect(config.data).toMatchObject({ datasets: ['a.csv'], datasets_weights: [2] });
    expect(config.mask).toHaveLength(1);
  });

  it('is no pair, and null is no list', () => {
    const load = (set: string) => loadPretrainingConfig(SMOKE, [parseOverride(set)]);
    expect(() => load('optimization.ema=1')).toThrow(/optimization\.ema: expected a list, found 1/);
    expect(load('data.datasets_weights=null').config.data.datasets_weights).toBeNull();
    expect(() => load('data.datasets=null')).toThrow(/data\.datasets: expected a list, found null/);
    expect(() => load('data.datasets=7')).toThrow(/data\.datasets\.0: expected text, found 7/);
  });
});
