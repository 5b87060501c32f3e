import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { planAnticipation } from '@vjepa/evaluation';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { vjepa2EncoderConfig, vjepa21EncoderConfig } from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { evaluationPlan } from './evaluation-plan.js';
import { loadEvaluationConfig } from './load-config.js';
import { parseOverride } from './override.js';

const bundled = fileURLToPath(new URL('../../../../configs/evaluation/vjepa2-ek100.yaml', import.meta.url));
const planOf = (file: string, ...overrides: string[]) =>
  evaluationPlan(loadEvaluationConfig(file, overrides.map(parseOverride)).config);

/** All heads of the published files: each weight decay with each learning rate. */
const heads = [0.0001, 0.001, 0.01, 0.1].flatMap((decay) =>
  [0.005, 0.003, 0.001, 0.0003, 0.0001].map((lr) => ({
    ...{ weight_decay: decay, final_weight_decay: decay, lr, start_lr: lr, final_lr: 0, warmup: 0 },
  })),
);

/** A file of the reference's own, as published but for its paths. */
function reference(more: { wrapper?: object; pretrain?: object; data?: object } = {}) {
  return {
    ...{ nodes: 8, tasks_per_node: 8, cpus_per_task: 12, tag: 'ek100-vitg16-384' },
    ...{ eval_name: 'action_anticipation_frozen', folder: '/evals/vitg-384/ek100', resume_checkpoint: true },
    experiment: {
      classifier: { num_probe_blocks: 4, num_heads: 16 },
      data: {
        ...{ anticipation_time_sec: [1, 1], auto_augment: true, file_format: 0, dataset: 'EK100' },
        ...{ base_path: '/ek100/videos', dataset_train: '/ek100/csv/EPIC_100_train.csv' },
        ...{ dataset_val: '/ek100/csv/EPIC_100_validation.csv', frames_per_clip: 32, frames_per_second: 8 },
        ...{ motion_shift: false, num_workers: 2, pin_memory: true, random_resize_scale: [0.08, 1], reprob: 0.25 },
        ...{ resolution: 384, train_anticipation_point: [0, 0.25], train_anticipation_time_sec: [0.25, 1.75] },
        ...more.data,
      },
      optimization: {
        ...{ num_epochs: 20, batch_size: 2, use_bfloat16: true, use_focal_loss: true },
        multihead_kwargs: heads,
      },
    },
    model_kwargs: {
      checkpoint: '/checkpoints/vitg-384.pt',
      module_name: 'evals.action_anticipation_frozen.modelcustom.vit_encoder_predictor_concat_ar',
      wrapper_kwargs: { no_predictor: false, num_output_frames: 2, num_steps: 1, ...more.wrapper },
      pretrain_kwargs: {
        encoder: {
          ...{ model_name: 'vit_giant_xformers', checkpoint_key: 'target_encoder', tubelet_size: 2, patch_size: 16 },
          ...{ uniform_power: true, use_rope: true },
        },
        predictor: { model_name: 'vit_predictor', checkpoint_key: 'predictor', num_frames: 64, depth: 12 },
        ...more.pretrain,
      },
    },
  };
}

function written(name: string, tree: object): string {
  const path = join(temporaryFolder('ek100'), `${name}.yaml`);
  writeFileSync(path, stringify(tree));
  return path;
}

describe('the config of an anticipation', () => {
  it('that is bundled has the settings of the API', () => {
    const plan = planOf(bundled);
    const encoder = vjepa2EncoderConfig('vit_large', { imageSize: 256, numFrames: 32 });
    const theirs = planAnticipation({
      ...{ encoder, checkpoint: plan.checkpoint, data: { annotations: 'a', videos: 'v' } },
      data: { annotations: 'path/to/epic-kitchens-100-annotations', videos: 'path/to/EPIC-KITCHENS' },
    });
    const { candidates, training, tag: _, ...rest } = plan;
    const { candidates: expected, training: ofApi, tag: __, ...others } = theirs;
    expect(rest).toEqual(others);
    expect(training).toMatchObject({
      epochs: ofApi.epochs,
      batchSize: ofApi.batchSize,
      decayed: 'all',
      clipNorm: null,
    });
    expect(candidates).toEqual(expected);
  });

  it('trains one probe where there is no sweep, and the pairs that are named where there is one', () => {
    const pairs = (...overrides: string[]) => planOf(bundled, ...overrides).candidates;
    expect(pairs('sweep=null')).toEqual([{ learningRate: 1e-3, weightDecay: 0.01 }]);
    expect(pairs('sweep={lr: [1e-3, 1e-4]}')).toEqual([
      { learningRate: 1e-3, weightDecay: 0.01 },
      { learningRate: 1e-4, weightDecay: 0.01 },
    ]);
    expect(pairs('sweep.weight_decay=[0.1]')).toHaveLength(5);
  });

  it('takes the reference’s own file, batch size aside', () => {
    const plan = planOf(
      written('reference', reference()),
      'optimization.batch_size=128',
      'pretrain.folder=/checkpoints',
    );
    const encoder = vjepa2EncoderConfig('vit_giant_xformers', { imageSize: 384, numFrames: 32 });
    const { candidates, training, recipes, probe, features } = planAnticipation({
      ...{ encoder, checkpoint: '/checkpoints/vitg-384.pt', data: { annotations: 'a', videos: 'v' } },
    });
    expect(plan).toMatchObject({ encoder, recipes, probe, features, predictorKey: 'predictor' });
    expect(plan.data).toEqual({ kind: 'actions', annotations: '/ek100/csv', videos: '/ek100/videos' });
    expect(plan.training).toMatchObject({ epochs: training.epochs, batchSize: 128, decayed: 'all', clipNorm: null });
    const pairs = plan.candidates.map(({ learningRate, weightDecay }) => ({ learningRate, weightDecay }));
    expect(pairs).toHaveLength(20);
    expect(pairs).toEqual(expect.arrayContaining([...candidates]));
  });

  it('takes its ablations, and its models of V-JEPA 2.1', () => {
    expect(planOf(written('encoder', reference({ wrapper: { no_predictor: true } })))).toMatchObject({
      features: 'encoder',
    });
    expect(planOf(written('predictor', reference({ wrapper: { no_encoder: true } })))).toMatchObject({
      features: 'predictor',
    });
    const { encoder } = planOf(written('2.1', reference({ pretrain: { use_v2_1: true } })));
    expect(encoder).toEqual(vjepa21EncoderConfig('vit_giant_xformers', { imageSize: 384, numFrames: 32 }));
  });

  it('says what it does not know', () => {
    const file = written('unknown', reference({ data: { anticipation_tme_sec: [1, 1] } }));
    expect(() => planOf(file)).toThrow(/anticipation_tme_sec/);
    expect(() => planOf(written('erased', reference({ data: { reprob: 0 } })))).toThrow(/experiment.data.reprob/);
    const other = written('other', reference({ data: { dataset_val: '/ek100/csv/EPIC_100_test.csv' } }));
    expect(() => planOf(other)).toThrow('expected /ek100/csv/EPIC_100_train.csv, /ek100/csv/EPIC_100_validation.csv');
    expect(() => planOf(bundled, 'data.anchor=end')).toThrow(/data.anchor/);
  });
});
