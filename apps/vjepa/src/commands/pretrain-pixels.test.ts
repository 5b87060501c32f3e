import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStateDict } from '@vjepa/checkpoints';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { readMetrics } from '@vjepa/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { darkAndBright } from '../evaluate/evaluation.fixture.js';
import { runVjepa } from '../run-vjepa.fixture.js';

const folder = temporaryFolder('pretrain-pixels');
const run = join(folder, 'run');
let data: Awaited<ReturnType<typeof darkAndBright>>;

const pretrain = (...more: string[]) =>
  runVjepa(
    ...['pretrain', '--config', 'configs/pretrain/smoke.yaml', '--backend', 'wasm', '--run', run],
    ...[
      ...[`data.datasets=[${data.train}]`, 'data.batch_size=2', 'data.num_frames=4', 'data.crop_size=32'],
      ...['data.patch_size=8', 'data.sampling_rate=2', 'model.embed_dim=48', 'model.depth=2', 'model.num_heads=3'],
      ...['model.pred_depth=1', 'model.pred_embed_dim=24', 'optimization.epochs=2', 'optimization.ipe=3'],
      ...[`probe.dataset=${data.train}`, 'probe.every=3', 'loss.targets=pixels'],
    ].flatMap((set) => ['--set', set]),
    ...more,
  );
const own = (command: string, output: string) =>
  runVjepa(
    ...[command, '--run', run, '--train', data.train, '--val', data.val, '--output', join(folder, output)],
    ...['--backend', 'wasm', '--json', '--set', 'optimization.num_epochs=1', '--set', 'optimization.batch_size=4'],
  );

beforeAll(async () => {
  data = await darkAndBright({ train: 8, val: 4 });
  const { code, stderr } = await pretrain();
  if (code !== 0) throw new Error(stderr);
}, 120_000);

describe('vjepa pretrain with loss.targets: pixels', { timeout: 120_000 }, () => {
  it('makes a run as every other, with a probe of its one encoder', () => {
    const metrics = readMetrics(join(run, 'metrics.jsonl'));
    expect(metrics).toHaveLength(6);
    expect(metrics.filter(({ probe_accuracy }) => typeof probe_accuracy === 'number').map(({ step }) => step)).toEqual([
      1, 3, 6,
    ]);
    expect(readFileSync(join(run, 'config.yaml'), 'utf8')).toMatch(/^loss:\n(?: {2}.*\n)* {2}targets: pixels$/m);
  });

  it('gives an encoder that evaluate, finetune and features take, saying which it is', async () => {
    const note = /note: .*the run predicts pixels and has no 'target_encoder'; 'encoder', its one encoder, is used/;
    for (const command of ['evaluate', 'finetune']) {
      const { code, stderr } = await own(command, command);
      expect(code, stderr).toBe(0);
      expect(stderr).toMatch(note);
    }
    const output = join(folder, 'features.safetensors');
    const video = join(data.folder, 'val', '0.mp4');
    const features = await runVjepa(
      'features',
      '--run',
      run,
      '--input',
      video,
      '--output',
      output,
      '--backend',
      'wasm',
    );
    expect(features.code, features.stderr).toBe(0);
    expect(existsSync(output)).toBe(true);
  });

  it('has a report that says what is predicted, and shows its encoder’s features', async () => {
    const page = join(folder, 'report.html');
    const { code, stderr } = await runVjepa('report', run, '--output', page, '--clips', '2', '--backend', 'wasm');
    expect(code, stderr).toBe(0);
    const text = readFileSync(page, 'utf8');
    expect(text).toContain('predicting pixels: complete');
    expect(text).toContain('Squared distance between predicted and normalised pixels; dotted');
    expect(text).toContain('in the colour of its features’ first three principal components');
    expect(text).not.toContain('Not shown');
    expect(text).not.toContain('Momentum of the target encoder');
  });

  it('says what it does not have', async () => {
    const video = join(data.folder, 'val', '0.mp4');
    const predicted = await runVjepa('predict', '--run', run, '--input', video, '--backend', 'wasm');
    expect(predicted.stderr).toMatch(/is of a pretraining that predicts pixels: its predictor knows no features/);
    const target = join(folder, 'target.safetensors');
    const wanted = await runVjepa('checkpoint', 'convert', run, target, '--key', 'target_encoder');
    expect(wanted.stderr).toMatch(/has no 'target_encoder'; it has .*'encoder'/);
    const whole = await runVjepa('checkpoint', 'convert', run, join(folder, 'whole.pth.tar'));
    expect(whole.stderr).toMatch(/the run predicts pixels and has no target encoder.*convert its encoder alone/);
    const encoder = join(folder, 'encoder.pth.tar');
    expect(await runVjepa('checkpoint', 'convert', run, encoder, '--key', 'encoder')).toMatchObject({ code: 0 });
    const { tensors, close } = await readStateDict(encoder);
    expect(tensors.has('blocks.1.mlp.fc1.weight')).toBe(true);
    await close();
    const reference = await pretrain('--overwrite', '--set', 'checkpoints.reference=true');
    expect(reference.stderr).toMatch(/checkpoints\.reference: expected false where pixels are predicted/);
  });
});
