import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readStateDict } from '@vjepa/checkpoints';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { darkAndBright, fineTuningConfig } from '../evaluate/evaluation.fixture.js';
import { runVjepa, SMALL_MODEL } from '../run-vjepa.fixture.js';

const folder = fileURLToPath(new URL('../../../../configs/finetune/', import.meta.url));
const files = readdirSync(folder);

describe('vjepa finetune', () => {
  it('trains encoder and head, and what it saves can be used', async () => {
    const data = await darkAndBright({ train: 8, val: 4 });
    const run = join(temporaryFolder('finetune'), 'run');
    const args = ['--backend', 'wasm', '--json', '--run', run, '--config', fineTuningConfig(data)];
    const { code, stdout, stderr } = await runVjepa('finetune', ...args);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/^decoder +\w+: decoder "\w+" was (chosen|asked for)/m);
    const outcome = JSON.parse(stdout);
    expect(outcome.validation).toMatchObject({ count: 4, top1: 100 });
    expect(readFileSync(join(run, 'jepa_r0.csv'), 'utf8').trim().split('\n')).toHaveLength(13);

    const model = join(run, 'jepa-latest.pth.tar');
    const [before, after] = [await readStateDict(fixture('probe-small/encoder.pth.tar')), await readStateDict(model)];
    const name = 'blocks.1.mlp.fc1.weight';
    expect(await after.tensors.get(name)!.readFloat32()).not.toEqual(await before.tensors.get(name)!.readFloat32());
    await Promise.all([before.close(), after.close()]);
    const features = join(run, 'features.safetensors');
    const video = join(data.folder, 'val', '0.mp4');
    const used = await runVjepa(
      'features',
      '--checkpoint',
      model,
      ...SMALL_MODEL,
      '--input',
      video,
      '--output',
      features,
      '--backend',
      'wasm',
    );
    expect(used.code, used.stderr).toBe(0);
    expect(existsSync(features)).toBe(true);

    const again = await runVjepa('finetune', ...args, '--resume');
    expect(again.stderr).toContain('resuming after epoch 12');
    expect(JSON.parse(again.stdout).validation).toEqual(outcome.validation);
    expect(readFileSync(join(run, 'jepa_r0.csv'), 'utf8').trim().split('\n')).toHaveLength(13);

    // What is saved belongs to its experiment.
    expect((await runVjepa('finetune', ...args)).stderr).toContain('holds an earlier video_classification_finetuning');
    const set = ['seed=1', 'optimization.layer_decay=0.5', 'num_workers=2'].flatMap((key) => ['--set', key]);
    const other = await runVjepa('finetune', ...args, '--resume', ...set);
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(
      /another experiment.*:\n {2}optimization\.layer_decay: 0\.75 -> 0\.5\n {2}seed: 0 -> 1\nGive/,
    );
    writeFileSync(data.train, readFileSync(data.train, 'utf8').split('\n').slice(1).join('\n'));
    const fewer = await runVjepa('finetune', ...args, '--resume');
    expect(fewer.stderr).toContain('training set: 8 entries -> 7');
  }, 90_000);

  it('begins with random weights where no checkpoint is named, and is evaluated frozen as other runs are', async () => {
    const data = await darkAndBright({ train: 8, val: 4 });
    const [supervised, frozen] = ['supervised', 'frozen'].map((name) => join(temporaryFolder(name), 'run'));
    const set = ['pretrain.checkpoint=null', 'optimization.layer_decay=1', 'optimization.num_epochs=2'];
    const tuned = await runVjepa(
      ...['finetune', '--backend', 'wasm', '--json', '--output', supervised!, '--config', fineTuningConfig(data)],
      ...set.flatMap((key) => ['--set', key]),
    );
    expect(tuned.code, tuned.stderr).toBe(0);
    expect(tuned.stderr).toContain("note: the encoder's parameters are random, drawn from seed 0");
    expect(readFileSync(join(supervised!, 'config.yaml'), 'utf8')).toMatch(/^ {2}checkpoint: null$/m);
    const { code, stderr, stdout } = await runVjepa(
      ...['evaluate', '--backend', 'wasm', '--json', '--run', supervised!, '--output', frozen!],
      ...['--train', data.train, '--val', data.val, '--set', 'optimization.num_epochs=1'],
    );
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain('random');
    expect(JSON.parse(stdout).trainings[0].probes[0].validation).toMatchObject({ count: 4 });
  }, 90_000);

  it('stops where the loss is no number, with what to do, and saves no such model', async () => {
    const data = await darkAndBright({ train: 8, val: 2 });
    const run = join(temporaryFolder('finetune'), 'run');
    const set = ['optimization.lr=1e38', 'optimization.warmup=0', 'optimization.num_epochs=2'].flatMap((key) => [
      '--set',
      key,
    ]);
    const { code, stderr } = await runVjepa(
      'finetune',
      '--backend',
      'wasm',
      '--output',
      run,
      '--config',
      fineTuningConfig(data),
      ...set,
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /error: step \d: the loss is (NaN|Infinity).*nothing was saved before.*lower optimization\.lr/,
    );
    expect(existsSync(join(run, 'jepa-latest.pth.tar'))).toBe(false);
  });

  it.each(files)('%s runs up to the files that are missing', async (name) => {
    const { code, stderr } = await runVjepa('finetune', '--config', join(folder, name));
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: 3 paths that the config names are missing:\n {2}data\.dataset_train: path/);
  });

  it('refuses a config of another kind', async () => {
    const config = fileURLToPath(new URL('../../../../configs/evaluation/vitl16_in1k.yaml', import.meta.url));
    const { code, stderr } = await runVjepa('finetune', '--config', config);
    expect(code).toBe(1);
    expect(stderr).toContain('eval_name: expected video_classification_finetuning');
  });
});
