import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { convertCheckpoint, readSafetensors, writeSafetensors } from '@vjepa/checkpoints';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encoderConfig } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { darkAndBright } from '../evaluate/evaluation.fixture.js';
import { runVjepa, SMALL_MODEL } from '../run-vjepa.fixture.js';
import { loadEncoder } from './load-encoder.js';
import { pretrainedModel } from './pretrained-model.js';
import { untrainedRun } from './untrained-run.fixture.js';

const folder = temporaryFolder('models');
// 4 blocks of width 192 with 6 heads, 8 frames of 64 x 64, 3 apart: nothing of it is a named model's or a default.
const OWN = ['model.num_heads=6', 'data.sampling_rate=3'];
let run: Awaited<ReturnType<typeof untrainedRun>>;
let data: Awaited<ReturnType<typeof darkAndBright>>;

beforeAll(async () => {
  run = await untrainedRun(join(folder, 'own'), ...OWN);
  data = await darkAndBright({ train: 6, val: 4 });
});

const encoder = encoderConfig('vit_tiny', { depth: 4, numHeads: 6, imageSize: 64, numFrames: 8 });

describe('a model', () => {
  it('of a run has the run’s sizes and clips', async () => {
    const model = await pretrainedModel({ run: run.run });
    expect(model).toMatchObject({ encoder, frameStep: 3, checkpoint: run.checkpoint, writeTag: 'jepa' });
    expect(model.description).toMatch(/4 blocks of width 192; 6 heads; 8 frames of 64 x 64, 3 apart$/);
  });

  it('of a checkpoint that a run wrote has them, too, wherever the file lies', async () => {
    expect(await pretrainedModel({ checkpoint: run.checkpoint })).toMatchObject({ encoder, frameStep: 3 });
  });

  it('of any other checkpoint has those of its tensors, and says what it could not read', async () => {
    const plain = join(folder, 'plain.pth.tar');
    await convertCheckpoint(run.checkpoint, plain, { key: 'target_encoder' });
    const model = await pretrainedModel({ checkpoint: plain });
    expect(model.encoder).toEqual({ ...encoder, numHeads: 3 });
    expect(model.description).toContain(
      '3 heads; 8 frames of 64 x 64, 4 apart; read as V-JEPA: it has a position table',
    );
    expect(model.description).toContain('3 heads, as models of this width have');
    expect((await pretrainedModel({ checkpoint: plain, numHeads: 6 })).encoder).toEqual(encoder);
  });

  it('whose heads nothing tells is asked for them', async () => {
    const unknown = pretrainedModel({ checkpoint: fixture('probe-small/encoder.pth.tar') });
    await expect(unknown).rejects.toThrow(/48 wide, as none of the named ones is, .*give `numHeads: N`/);
  });

  it('is found neither in a folder without a run nor in a file without an encoder', async () => {
    await expect(pretrainedModel({ run: folder })).rejects.toThrow(/there is no run here: config\.yaml is missing/);
    await expect(pretrainedModel({ checkpoint: folder })).rejects.toThrow(/is a folder; name a file in it, or a run/);
    const probe = pretrainedModel({ checkpoint: fixture('probe-small/probe.pth.tar'), checkpointKey: 'classifier' });
    await expect(probe).rejects.toThrow(/'classifier' is no encoder/);
  });
});

it('whose training had diverged is refused by the names of its tensors, not run', async () => {
  const diverged = join(folder, 'diverged.safetensors');
  const tensors = await readSafetensors(run.checkpoint);
  const broken = Object.entries(tensors).map(([name, { shape, data }]) => {
    const values = Float32Array.from(data as Float32Array);
    if (name === 'target_encoder.norm.bias') values[5] = Number.NaN;
    if (name === 'target_encoder.blocks.1.mlp.fc1.weight') values[7] = Number.POSITIVE_INFINITY;
    return [name, { shape, data: values }] as const;
  });
  await writeSafetensors(diverged, Object.fromEntries(broken.filter(([name]) => name.startsWith('target_encoder.'))));
  await expect(loadEncoder(diverged, encoder)).rejects.toThrow(
    /2 of 53 tensors hold NaN or infinite values \(blocks\.1\.mlp\.fc1\.weight, norm\.bias\).*take an earlier checkpoint/,
  );
});

describe('sizes that are not the checkpoint’s are told in one line', () => {
  it.each([
    [{}, /4 blocks of width 192; vit_tiny has 12\. Name/],
    [{ depth: 2 }, /4 blocks of width 192; expected 2\. Name/],
    [{ depth: 4, patchSize: 8, imageSize: 32 }, /patches of 16 pixels; expected 8\./],
    [{ depth: 4, tubeletSize: 1, numFrames: 4 }, /tubelets of 2 frames; expected 1\./],
    [{ depth: 4, mlpRatio: 2 }, /MLPs of width 768; expected 384\./],
    [{ depth: 4, numFrames: 1 }, /a video encoder; expected an image encoder\./],
    [{ depth: 4, numHeads: 3 }, /6 heads; expected 3\./],
  ])('%o', async (sizes, message) => {
    const other = encoderConfig('vit_tiny', { imageSize: 64, numFrames: 8, ...sizes });
    const failure = await loadEncoder(run.checkpoint, other).catch((error: Error) => error.message);
    expect(failure).toMatch(message);
    expect(String(failure).split('\n')).toHaveLength(1);
  });

  it('and a table of as many tokens for other clips is not taken for the model’s', async () => {
    const wide = { ...encoder, imageSize: 128, numFrames: 2 };
    const { notes } = await loadEncoder(run.checkpoint, wide);
    expect(notes).toEqual([
      expect.stringMatching(/64 tokens \(8 frames of 64 x 64\).* 64 tokens \(2 frames of 128 x 128\)/),
    ]);
    expect((await loadEncoder(run.checkpoint, encoder)).notes).toEqual([]);
  });
});

describe('one’s own run is used by its folder alone', () => {
  const wasm = ['--backend', 'wasm'];

  it('vjepa features', async () => {
    const output = join(folder, 'features.safetensors');
    const input = ['--input', join(data.folder, 'val', '0.mp4'), '--output', output];
    const { code, stdout, stderr } = await runVjepa('features', '--run', run.run, ...input, ...wasm);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('features [64, 192] of 1 video');
    // The same through the checkpoint, and through all the sizes spelled out.
    const expected = (await readSafetensors(output)).features;
    await runVjepa('features', '--checkpoint', run.checkpoint, ...input, ...wasm);
    expect((await readSafetensors(output)).features).toEqual(expected);
    const sizes = ['--model', 'vit_tiny', '--depth', '4', '--num-heads', '6', '--resolution', '64', '--frames', '8'];
    const spelled = ['--frame-step', '3', ...sizes];
    expect((await runVjepa('features', '--checkpoint', run.checkpoint, ...spelled, ...input, ...wasm)).code).toBe(0);
    expect((await readSafetensors(output)).features).toEqual(expected);
    const wrong = await runVjepa('features', '--run', run.run, '--model', 'vit_tiny', ...input, ...wasm);
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('4 blocks of width 192; vit_tiny has 12') });
  });

  it('vjepa evaluate, with two lists and nothing else', async () => {
    const lists = ['--train', data.train, '--val', data.val];
    const short = ['--set', 'optimization.num_epochs=2'];
    const { code, stdout, stderr } = await runVjepa(
      'evaluate',
      '--run',
      run.run,
      ...lists,
      ...short,
      '--json',
      ...wasm,
    );
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('4 blocks of width 192; 6 heads; 8 frames of 64 x 64, 3 apart');
    const { folder: written, trainings } = JSON.parse(stdout);
    expect(written).toBe(join(run.run, 'video_classification_frozen'));
    expect(trainings[0].probes[0].validation).toMatchObject({ count: 4 });
    const { config } = JSON.parse(readFileSync(join(written, 'results.json'), 'utf8'));
    expect(config.data).toMatchObject({ num_classes: 2, frames_per_clip: 8, frame_step: 3 });
    expect(config.optimization.resolution).toBe(64);
    expect(config.pretrain).toMatchObject({ depth: 4, num_heads: 6, folder: run.run });
  });

  it('vjepa evaluate, with a config for another model, whose sizes and clips give way', async () => {
    const args = ['--config', 'configs/evaluation/vitl16_k400_16x8x3.yaml', '--train', data.train, '--val', data.val];
    const small = ['data.num_segments=1', 'data.num_views_per_segment=1', 'optimization.num_epochs=1'];
    const set = small.flatMap((override) => ['--set', override]);
    const output = join(folder, 'k400');
    const { code, stderr } = await runVjepa('evaluate', '--run', run.run, ...args, ...set, '--output', output, ...wasm);
    expect(code, stderr).toBe(0);
    const { config } = JSON.parse(readFileSync(join(output, 'results.json'), 'utf8'));
    expect(config.data).toMatchObject({ num_classes: 400, frames_per_clip: 8 });
  });

  it('vjepa finetune, and what it made is evaluated and looked at by its folder again', async () => {
    const output = join(folder, 'tuned');
    const lists = ['--train', data.train, '--val', data.val];
    const short = ['--set', 'optimization.num_epochs=1', '--set', 'optimization.warmup=0'];
    const tuned = await runVjepa('finetune', '--run', run.run, ...lists, ...short, '--output', output, ...wasm);
    expect(tuned.code, tuned.stderr).toBe(0);
    const model = await pretrainedModel({ run: output });
    expect(model).toMatchObject({ encoder, frameStep: 3, key: 'encoder' });
    const answers = await runVjepa('evaluate', '--run', output, ...lists, ...short, ...wasm);
    expect(answers.code, answers.stderr).toBe(0);
    expect(existsSync(join(output, 'video_classification_frozen', 'results.json'))).toBe(true);
    const picture = join(folder, 'tuned.png');
    const video = ['--video', join(data.folder, 'val', '0.mp4'), '--output', picture];
    expect(await runVjepa('visualize', 'features', '--run', output, ...video, ...wasm)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/note: .* blocks of width \d+; \d+ heads/),
    });
    const evaluated = await runVjepa(
      'features',
      '--run',
      join(output, 'video_classification_frozen'),
      '--input',
      data.folder,
      '--output',
      'x.npy',
    );
    expect(evaluated.stderr).toMatch(/holds an evaluation, which trains no encoder; name the run that it evaluated/);
  }, 60_000);

  it('vjepa visualize features, of a checkpoint alone', async () => {
    const video = ['--video', join(data.folder, 'val', '0.mp4'), '--output', join(folder, 'alone.png')];
    const args = ['visualize', 'features', '--checkpoint', run.checkpoint, ...video, ...wasm];
    const { code, stdout, stderr } = await runVjepa(...args);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('4 time steps');
  });

  it('vjepa visualize masks and vjepa checkpoint', async () => {
    const [picture, converted] = [join(folder, 'masks.png'), join(folder, 'converted.pth.tar')];
    expect((await runVjepa('visualize', 'masks', '--run', run.run, '--output', picture)).code).toBe(0);
    const inspected = await runVjepa('checkpoint', 'inspect', run.run);
    expect(inspected).toEqual(await runVjepa('checkpoint', 'inspect', run.checkpoint));
    expect((await runVjepa('checkpoint', 'convert', run.run, converted)).code).toBe(0);
    expect((await pretrainedModel({ checkpoint: converted })).encoder).toMatchObject({ depth: 4, embedDim: 192 });
  });

  it('says what a folder holds that is not what a command takes', async () => {
    const [tuned, evaluated] = [join(folder, 'holds-tuned'), join(folder, 'holds-evaluated')];
    for (const [place, name] of [
      [tuned, 'video_classification_finetuning'],
      [evaluated, 'video_classification_frozen'],
    ] as const) {
      mkdirSync(place);
      writeFileSync(join(place, 'config.yaml'), `eval_name: ${name}\n`);
    }
    const refusal = async (...args: string[]) => {
      const { code, stderr } = await runVjepa(...args);
      expect(code).toBe(1);
      return stderr;
    };
    const remedy = 'name the folder of a pretraining run';
    expect(await refusal('report', tuned)).toContain(`${tuned}: holds a fine-tuning; ${remedy}`);
    expect(await refusal('report', evaluated)).toContain(`${evaluated}: holds an evaluation; ${remedy}`);
    expect(await refusal('visualize', 'masks', '--run', tuned)).toContain(`holds a fine-tuning; ${remedy}`);
    expect(await refusal('pretrain', '--run', tuned, '--resume')).toContain(`holds a fine-tuning; ${remedy}`);
    expect(await refusal('finetune', '--run', tuned)).toContain(
      `holds a fine-tuning; ${remedy}, or give --config FILE, or go on with this one by the command that began it and --resume`,
    );
  });

  it('names the part of a run that is no encoder in one line, and the checkpoint that was asked for', async () => {
    const output = join(folder, 'named.npy');
    const features = (...more: string[]) =>
      runVjepa('features', '--run', run.run, '--input', data.folder, '--output', output, '--backend', 'wasm', ...more);
    const { code, stderr } = await features('--checkpoint-key', 'predictor');
    expect(code).toBe(1);
    expect(stderr).toContain(`${run.checkpoint}: 'predictor' is no encoder: it holds V-JEPA`);
    expect(stderr).not.toContain('missing');
    expect((await pretrainedModel({ run: run.run, checkpoint: run.checkpoint })).description).toMatch(
      new RegExp(`^${run.checkpoint}: `),
    );
  });

  it('asks for what is missing', async () => {
    const nothing = await runVjepa('evaluate', '--train', data.train);
    expect(nothing.stderr).toContain('--run FOLDER (a run of yours), --checkpoint FILE or --config FILE is needed');
    const half = await runVjepa('evaluate', '--run', run.run, '--train', data.train);
    expect(half).toMatchObject({ code: 1, stderr: expect.stringMatching(/give --val LIST, lists of lines/) });
    const typo = await runVjepa('evaluate', '--run', join(folder, 'onw'), '--train', data.train, '--val', data.val);
    expect(typo).toMatchObject({ code: 1, stderr: expect.stringMatching(/onw: there is no run here/) });
    const features = await runVjepa('features', '--input', data.folder, '--output', join(folder, 'x.safetensors'));
    expect(features.stderr).toContain('--run FOLDER or --checkpoint FILE is needed');
    expect(SMALL_MODEL).toContain('--model');
  });
});
