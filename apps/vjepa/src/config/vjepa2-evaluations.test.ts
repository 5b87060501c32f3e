import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VJEPA2_PROTOCOLS, type Vjepa2BenchmarkName, vjepa2ProbeLayers } from '@vjepa/benchmarks';
import { type Candidate, planEvaluation, vjepa2Evaluation } from '@vjepa/evaluation';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { evaluationPlan } from './evaluation-plan.js';
import { loadEvaluationConfig } from './load-config.js';
import { parseOverride } from './override.js';

const configs = fileURLToPath(new URL('../../../../configs/evaluation', import.meta.url));
const NAMES: Readonly<Record<string, Vjepa2BenchmarkName>> = {
  'vjepa2-ssv2.yaml': 'something-something-v2',
  'vjepa2-k400.yaml': 'kinetics-400',
  'vjepa2-coin.yaml': 'coin',
  'vjepa2-diving48.yaml': 'diving48',
  'vjepa2-jester.yaml': 'jester',
  'vjepa2-imagenet.yaml': 'imagenet-1k',
};
const planOf = (file: string, ...overrides: string[]) => {
  const plan = evaluationPlan(loadEvaluationConfig(file, overrides.map(parseOverride)).config);
  if (plan.kind === 'action_anticipation_frozen') throw new Error(`${file} is an anticipation`);
  return plan;
};

/** All that each probe is trained with. */
const ratesOf = (candidates: readonly Candidate[]) =>
  candidates.map((candidate) => ({
    ...{ startLearningRate: candidate.learningRate, finalLearningRate: 0, warmupEpochs: 0 },
    ...{ finalWeightDecay: candidate.weightDecay, ...candidate },
  }));

describe("V-JEPA 2's evaluations", () => {
  it('are six', () => {
    expect(readdirSync(configs).filter((name) => name.startsWith('vjepa2-') && name !== 'vjepa2-ek100.yaml')).toEqual(
      Object.keys(NAMES).sort(),
    );
  });

  it.each(Object.entries(NAMES))('%s has the settings of the API', (name, benchmark) => {
    const { encoder, data, checkpoint, candidates, ...plan } = planOf(join(configs, name));
    const settings = { ...vjepa2Evaluation(benchmark, encoder), encoder, data, checkpoint };
    const { candidates: theirs, ...expected } = planEvaluation(settings);
    const { recipes, training, probe, layers, heldOut } = expected;
    expect(plan).toMatchObject({ recipes, probe, layers, heldOut, training: { epochs: training.epochs } });
    expect(ratesOf(candidates)).toEqual(expect.arrayContaining(ratesOf(theirs)));
  });

  it.each(Object.entries(NAMES))('%s is the protocol', (name, benchmark) => {
    const { clip, classes, probe, imageRepeats } = VJEPA2_PROTOCOLS[benchmark];
    const plan = planOf(join(configs, name));
    expect(plan.probe).toMatchObject({ kind: 'attentive', selfAttention: 'before', depth: 4, numHeads: 16 });
    expect(plan.probe.numClasses).toBe(classes);
    expect(plan.training).toMatchObject({
      epochs: probe.epochs,
      batchSize: probe.batch,
      decayed: 'all',
      clipNorm: null,
    });
    expect(plan.layers).toEqual(probe.layers === 'four' ? vjepa2ProbeLayers(24) : undefined);
    expect(plan.heldOut).toBe(0.05);
    expect(plan.encoder).toMatchObject({ version: '2', imageSize: 256, depth: 24 });
    expect(plan.encoder.numFrames).toBe(clip?.framesPerClip ?? imageRepeats);
    if (clip) {
      const { segments, views, framesPerClip, frameStep } = clip;
      const { validation } = plan.recipes;
      expect(validation).toMatchObject({ segments, views, frames: framesPerClip, attendAcrossSegments: true });
      expect(validation.clip).toMatchObject({ framesPerClip, frameStep });
    }
    expect(plan.data.layout).toBe(benchmark);
    const rates = ratesOf(plan.candidates);
    expect(rates).toEqual(expect.arrayContaining([...probe.heads]));
    expect(rates).toHaveLength(probe.heads.length);
  });

  it('are also read as their own reference has them, with our keys beside', () => {
    const heads = VJEPA2_PROTOCOLS.diving48.probe.heads.map((head) => ({
      lr: head.learningRate,
      start_lr: head.startLearningRate,
      final_lr: 0,
      warmup: 0,
      weight_decay: head.weightDecay,
      final_weight_decay: head.finalWeightDecay,
    }));
    const theirs = {
      ...{ nodes: 8, tasks_per_node: 8, cpus_per_task: 12, mem_per_gpu: '200G', tag: 'diving48-vitl16-32x4x3' },
      ...{ eval_name: 'video_classification_frozen', folder: '/evals/vitl', resume_checkpoint: true },
      experiment: {
        classifier: { num_probe_blocks: 4, num_heads: 16 },
        data: {
          ...{ dataset_type: 'VideoDataset', dataset_train: 'train.csv', dataset_val: 'test.csv', num_classes: 48 },
          ...{ resolution: 256, frames_per_clip: 32, frame_step: 2, num_segments: 4, num_views_per_segment: 3 },
        },
        optimization: {
          use_pos_embed: false,
          num_epochs: 100,
          batch_size: 2,
          use_bfloat16: true,
          multihead_kwargs: heads,
        },
      },
      model_kwargs: {
        checkpoint: '/checkpoints/vitl.pt',
        module_name: 'evals.video_classification_frozen.modelcustom.vit_encoder_multiclip_multilevel',
        wrapper_kwargs: { max_frames: 128, use_pos_embed: false, out_layers: [17, 19, 21, 23] },
        pretrain_kwargs: {
          encoder: {
            ...{ model_name: 'vit_large', checkpoint_key: 'target_encoder', tubelet_size: 2, patch_size: 16 },
            ...{ uniform_power: true, use_rope: true },
          },
        },
      },
    };
    const file = join(temporaryFolder('theirs'), 'diving48.yaml');
    writeFileSync(file, stringify(theirs));
    const ours = join(configs, 'vjepa2-diving48.yaml');
    const lists = ['data.dataset_type=VideoDataset', 'data.dataset_train=train.csv', 'data.dataset_val=test.csv'];
    const own = planOf(ours, ...lists, 'pretrain.folder=/checkpoints');
    const { candidates, ...rest } = planOf(file, 'optimization.batch_size=128');
    const { candidates: pairs, ...expected } = own;
    expect(rest).toEqual(expected);
    expect(candidates).toMatchObject(pairs);
    expect(planOf(file, 'sweep.lr=[1e-3]').candidates).toHaveLength(1);
    expect(planOf(file, 'sweep.held_out=0').heldOut).toBeUndefined();

    // One that only asks a trained probe names no rates.
    const asking = parse(readFileSync(file, 'utf8'));
    const zero = { lr: 0, start_lr: 0, final_lr: 0, warmup: 0, weight_decay: 0, final_weight_decay: 0 };
    asking.experiment.optimization.multihead_kwargs = [zero];
    const asked = join(temporaryFolder('asking'), 'diving48.yaml');
    writeFileSync(asked, stringify({ ...asking, val_only: true }));
    const { training: _, heldOut: __, ...seen } = planOf(asked);
    expect(seen).toMatchObject({ probe: rest.probe, recipes: rest.recipes, layers: rest.layers, data: rest.data });
    writeFileSync(asked, stringify(asking));
    expect(() => planOf(asked)).toThrow(/lr: expected .*greater than 0|lr: .*0/);

    const wrong = parse(readFileSync(file, 'utf8'));
    wrong.experiment.classifier.num_probe_block = 4;
    writeFileSync(file, stringify(wrong));
    expect(() => planOf(file)).toThrow(
      /experiment\.classifier\.num_probe_block: unknown key; did you mean experiment\.classifier\.num_probe_blocks\?/,
    );
  });
});
