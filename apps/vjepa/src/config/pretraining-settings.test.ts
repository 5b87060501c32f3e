import { planPretraining } from '@vjepa/training';
import { describe, expect, it } from 'vitest';
import { loadPretrainingConfig } from './load-config.js';
import { parseOverride } from './override.js';
import { planOf } from './pretraining-plan.js';
import { pretrainingSettings } from './pretraining-settings.js';

const config = (...set: string[]) =>
  loadPretrainingConfig('configs/pretrain/vitl16.yaml', set.map(parseOverride)).config;

describe('a pretraining config in the names of the packages', () => {
  it('of the paper is what the packages do by default', () => {
    const { settings, masksAt } = planOf(config('data.datasets=[videos]', 'meta.dtype=float32'));
    const paper = planPretraining({ videos: 'videos', model: 'vit_large', epochs: 300, stepsPerEpoch: 300 });
    const { masks, clips, ...others } = settings;
    const { masks: _, clips: read, ...defaults } = paper.settings;
    expect(others).toEqual(defaults);
    expect({ ...clips, workers: undefined }).toEqual(read);
    expect(masksAt(7)).toEqual(paper.masksAt(7));
  });

  it.each([
    ['data.mask_type=random_tube', { masks: { kind: 'random_tube', masks: [{ ratio: 0.9 }, { ratio: 0.8 }] } }],
    ['mask.0.max_temporal_keep=0.375', { masks: { kind: 'multiblock3d', masks: [{ maxTemporalKeep: 0.375 }, {}] } }],
    ['mask.0.spatial_scale=[0.3,0.4]', { masks: { masks: [{ spatialScale: [0.3, 0.4] }, {}] } }],
    ['data.fraction=0.1', { clips: { fraction: 0.1 } }],
    ['loss.targets=pixels', { objective: { targets: 'pixels' } }],
    ['data.decode_time_limit=2', { clips: { timeLimitMs: 2000 } }],
    ['data_aug.horizontal_flip=false', { augmentation: { flipProbability: 0 } }],
    ['data_aug.auto_augment=true', { augmentation: { randAugment: {} } }],
    ['optimization.clip_grad=null', { optimization: { clipNorm: 0 } }],
    ['optimization.pred_lr_scale=15', { optimization: { predictorLearningRateScale: 15 } }],
    ['optimization.gradient_accumulation_steps=4', { optimization: { accumulationSteps: 4 } }],
    ['optimization.ipe=null', { stepsPerEpoch: undefined }],
    ['meta.save_every_freq=10', { checkpoints: { keepEveryEpochs: 10 } }],
    ['meta.read_checkpoint=a.pth.tar', { startFrom: undefined }],
    ['meta.dtype=float16', { precision: 'bfloat16' }],
  ])('has %s as %j', (override, settings) => {
    const ratios = override.includes('tube') ? ['mask.0.ratio=0.9', 'mask.1.ratio=0.8'] : [];
    expect(pretrainingSettings(config(override, ...ratios))).toMatchObject(settings);
  });

  it('mixes lists by their weights', () => {
    const mixed = config('data.datasets=[a.csv,b.csv]', 'data.datasets_weights=[3,1]');
    expect(pretrainingSettings(mixed)).toMatchObject({ videos: ['a.csv', 'b.csv'], clips: { weights: [3, 1] } });
    expect(() => config('data.datasets=[a.csv,b.csv]', 'data.datasets_weights=[1]')).toThrow(/datasets_weights/);
    expect(() => config('data.fraction=10')).toThrow(/data\.fraction/);
  });

  it('begins with a checkpoint where it is to load one', () => {
    const named = config('meta.load_checkpoint=true', 'meta.read_checkpoint=a.pth.tar');
    expect(pretrainingSettings(named).startFrom).toBe('a.pth.tar');
  });
});
