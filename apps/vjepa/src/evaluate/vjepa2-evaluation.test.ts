import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@vjepa/checkpoints';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ended, requireBuild, startVjepa, wait } from '../commands/vjepa-process.fixture.js';
import { runVjepa } from '../run-vjepa.fixture.js';
import { darkAndBright } from './evaluation.fixture.js';

const out = temporaryFolder('vjepa2-evaluations');
let config: string;

/** The evaluation of the recorded small encoder, as V-JEPA 2's reference has it, with our keys for its sizes. */
beforeAll(async () => {
  requireBuild();
  const data = await darkAndBright({ train: 8, val: 4 });
  const head = { start_lr: 1e-3, final_lr: 0, warmup: 0, weight_decay: 0.4, final_weight_decay: 0.4 };
  const theirs = {
    ...{ eval_name: 'video_classification_frozen', folder: out, tag: 'small', nodes: 1, tasks_per_node: 1 },
    experiment: {
      classifier: { num_probe_blocks: 2, num_heads: 2 },
      data: {
        ...{ dataset_type: 'VideoDataset', dataset_train: data.train, dataset_val: data.val, num_classes: 2 },
        ...{ resolution: 32, frames_per_clip: 4, frame_step: 2, num_segments: 2, num_views_per_segment: 3 },
      },
      optimization: {
        ...{ batch_size: 4, num_epochs: 4, use_bfloat16: false },
        multihead_kwargs: [
          { lr: 1e-3, ...head },
          { lr: 1e-5, ...head },
        ],
      },
    },
    model_kwargs: {
      checkpoint: fixture('vjepa2-checkpoint/checkpoint.pt'),
      wrapper_kwargs: { out_layers: [0, 1] },
      pretrain_kwargs: {
        encoder: { model_name: 'vit_large', checkpoint_key: 'target_encoder', patch_size: 8, use_rope: true },
      },
    },
    pretrain: { embed_dim: 20, depth: 2, num_heads: 1 },
    sweep: { held_out: 0.25 },
    ...{ decoder: 'wasm', num_workers: 1, encoder_batch: 4, validate_every: 4 },
  };
  config = join(out, 'small.yaml');
  writeFileSync(config, stringify(theirs));
});

function logOf(run: string): string {
  const path = join(run, 'probe_r0.csv');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

async function left(run: string) {
  const { trainings } = JSON.parse(readFileSync(join(run, 'results.json'), 'utf8'));
  return { trainings, log: logOf(run), state: await readSafetensors(join(run, 'training-state.safetensors')) };
}

describe("vjepa evaluate with V-JEPA 2's own file", () => {
  it('trains its heads, and ends bit for bit the same where it was killed', { timeout: 60_000 }, async () => {
    const args = (run: string) => ['--config', config, '--backend', 'wasm', '--output', join(out, run)];
    const whole = await runVjepa('evaluate', ...args('whole'));
    expect(whole.code, whole.stderr).toBe(0);
    expect(whole.stderr).toMatch(/training on 6 of 8 samples .* 2 held out to choose the probe by: 2 probes, 4 epochs/);
    expect(whole.stdout).toMatch(
      /^top-1 [\d.]+ of the probe chosen on 2 held-out training samples; [\d.]+ of the best/m,
    );

    const run = join(out, 'killed');
    const child = startVjepa(['evaluate', ...args('killed')]);
    const over = ended(child);
    // Two rows an epoch, below a header.
    while (logOf(run).split('\n').length < 4 && child.exitCode === null) await wait(20);
    child.kill('SIGKILL');
    expect(await over).toMatchObject({ code: 'SIGKILL' });
    const resumed = await ended(startVjepa(['evaluate', ...args('killed'), '--resume']));
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(await left(run)).toEqual(await left(join(out, 'whole')));
  });
});
