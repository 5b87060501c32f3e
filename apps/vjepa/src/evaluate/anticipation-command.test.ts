import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { runVjepa } from '../run-vjepa.fixture.js';
import { darkAndBright } from './evaluation.fixture.js';

const out = temporaryFolder('anticipations');
const CHECKPOINT = fixture('vjepa2-checkpoint/checkpoint.pt');
let config: string;
let data: string;

/** Dark and bright videos in the layout of EPIC-Kitchens-100, one action each: the verb is what they look like. */
async function kitchen() {
  const { folder } = await darkAndBright({ train: 4, val: 2 });
  const videos = join(folder, 'P01', 'videos');
  mkdirSync(videos, { recursive: true });
  for (const [split, name, count] of [
    ['train', 'train', 4],
    ['val', 'validation', 2],
  ] as const) {
    const rows = Array.from({ length: count }, (_, i) => {
      const id = `P01_${split === 'train' ? '1' : '2'}${i}`;
      renameSync(join(folder, split, `${i}.mp4`), join(videos, `${id}.MP4`));
      return `${id}_0,P01,${id},4,18,${i % 2},${i % 2}`;
    });
    const header = 'narration_id,participant_id,video_id,start_frame,stop_frame,verb_class,noun_class';
    writeFileSync(join(folder, `EPIC_100_${name}.csv`), `${[header, ...rows].join('\n')}\n`);
  }
  return folder;
}

beforeAll(async () => {
  data = await kitchen();
  const lr = (rate: number) => {
    return { lr: rate, start_lr: rate, final_lr: 0, warmup: 0, weight_decay: 0.01, final_weight_decay: 0.01 };
  };
  config = join(out, 'ek100.yaml');
  const theirs = {
    ...{ eval_name: 'action_anticipation_frozen', folder: out, tag: 'ek100' },
    experiment: {
      classifier: { num_probe_blocks: 1, num_heads: 2 },
      data: {
        ...{ dataset: 'EK100', base_path: data, dataset_train: join(data, 'EPIC_100_train.csv') },
        ...{ dataset_val: join(data, 'EPIC_100_validation.csv'), frames_per_clip: 4, frames_per_second: 5 },
        ...{ resolution: 32, anticipation_time_sec: [0.5, 0.5], train_anticipation_time_sec: [0.25, 0.75] },
      },
      optimization: {
        ...{ batch_size: 4, num_epochs: 2, use_bfloat16: false, use_focal_loss: true },
        multihead_kwargs: [lr(1e-3), lr(1e-5)],
      },
    },
    model_kwargs: {
      checkpoint: CHECKPOINT,
      pretrain_kwargs: { encoder: { model_name: 'vit_large', patch_size: 8, use_rope: true } },
    },
    pretrain: { embed_dim: 20, depth: 2, num_heads: 1, predictor_heads: 1 },
    ...{ sweep: { held_out: 0 }, decoder: 'wasm', num_workers: 1, encoder_batch: 4 },
  };
  writeFileSync(config, stringify(theirs));
});

describe('vjepa evaluate of an anticipation', () => {
  it('prints the recall of verbs, nouns and actions, and keeps a folder of the usual kind', async () => {
    const { code, stdout, stderr } = await runVjepa('evaluate', '--config', config, '--backend', 'wasm');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^class-mean recall at 5 on 2 actions: verb 100.00, noun 100.00, action 100.00$/m);
    expect(stdout).toMatch(/^the best of each on the validation set, as published numbers are: verb 100.00/m);
    const folder = join(out, 'action_anticipation_frozen', 'ek100');
    for (const file of ['config.yaml', 'results.json', 'training-state.safetensors', 'probe-latest.pth.tar']) {
      expect(existsSync(join(folder, file)), file).toBe(true);
    }
    const again = await runVjepa(
      'evaluate',
      '--config',
      join(folder, 'config.yaml'),
      '--resume',
      '--json',
      '--backend',
      'wasm',
    );
    expect(again.code, again.stderr).toBe(0);
    const { trainings } = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'));
    expect(JSON.parse(again.stdout).trainings[0].chosen).toBe(trainings[0].chosen);
  });

  it('takes the encoder from a file, and the clips from the config', async () => {
    const bundled = [
      '--config',
      'configs/evaluation/vjepa2-ek100.yaml',
      '--checkpoint',
      fixture('vjepa21-checkpoint/checkpoint.pt'),
    ];
    const sets = [
      'data.frames_per_clip=8',
      'pretrain.num_heads=1',
      'pretrain.predictor_heads=1',
      'probe.num_heads=2',
      'probe.depth=1',
    ];
    const paths = [`data.annotations=${data}`, `data.videos=${data}`, 'sweep=null', 'optimization.use_bfloat16=false'];
    const args = [...sets, ...paths, 'optimization.num_epochs=1', 'decoder=wasm', 'optimization.resolution=48'].flatMap(
      (set) => ['--set', set],
    );
    const output = ['--output', join(out, 'from-file'), '--backend', 'wasm'];
    const { code, stdout, stderr } = await runVjepa('evaluate', ...bundled, ...args, ...output);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^class-mean recall at 5 on 2 actions: verb 100.00/m);
    const kept = parse(readFileSync(join(out, 'from-file', 'config.yaml'), 'utf8'));
    expect(kept.data).toMatchObject({ frames_per_clip: 8, fps: 8, anchor: 'stop' });
  });

  it('names the key that says how many heads the predictor has, which its file does not', async () => {
    const without = join(out, 'unknown.yaml');
    writeFileSync(without, readFileSync(config, 'utf8').replace(/ +predictor_heads: 1\n/, ''));
    const args = ['--config', without, '--output', join(out, 'unknown'), '--backend', 'wasm'];
    const { code, stderr } = await runVjepa('evaluate', ...args);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/no tensor tells .*; give pretrain.predictor_heads/)]);
  });

  it('of a file that only asks a trained probe wants to be told which', async () => {
    const asking = join(out, 'asking.yaml');
    writeFileSync(asking, stringify({ ...parse(readFileSync(config, 'utf8')), val_only: true }));
    const probe = join(out, 'action_anticipation_frozen', 'ek100', 'probe-latest.safetensors');
    const args = ['--config', asking, '--backend', 'wasm'];
    const { code, stderr } = await runVjepa('evaluate', ...args);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/asking.yaml: val_only: true .*; name it with --probe/)]);
    const { stdout } = await runVjepa('evaluate', ...args, '--probe', probe);
    expect(stdout).toMatch(/^class-mean recall at 5 on 2 actions: verb 100.00/m);
  });

  it('asks a trained probe', async () => {
    const probe = join(out, 'action_anticipation_frozen', 'ek100', 'probe-latest.safetensors');
    const { code, stdout, stderr } = await runVjepa(
      'evaluate',
      '--config',
      config,
      '--probe',
      probe,
      '--backend',
      'wasm',
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/verb 0 noun 0 +verb \d noun \d [\d.]+ %/);
    expect(stdout).toMatch(/^class-mean recall at 5 on 2 actions: verb 100.00, noun 100.00, action 100.00$/m);
  });
});
