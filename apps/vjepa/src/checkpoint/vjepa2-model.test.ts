import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@vjepa/checkpoints';
import { loadEncoder } from '@vjepa/evaluation';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { colouredPictures, darkAndBright } from '../evaluate/evaluation.fixture.js';
import { runVjepa } from '../run-vjepa.fixture.js';
import { pretrainedModel } from './pretrained-model.js';

const folder = temporaryFolder('vjepa2-models');
const WASM = ['--backend', 'wasm'];
// Both recorded from the originals: a Hugging Face folder of V-JEPA 2, 8 frames of 32 x 32 in patches of 8; a distilled
// model of V-JEPA 2.1, 12 blocks 16 wide.
const SECOND = fixture('hf-vjepa2/model');
const LATEST = fixture('vjepa21-checkpoint/checkpoint.pt');
const LATEST_SIZES = ['--num-heads', '1', '--resolution', '48', '--frames', '4'];
let data: Awaited<ReturnType<typeof darkAndBright>>;

beforeAll(async () => {
  data = await darkAndBright({ train: 6, val: 4 });
});

async function features(checkpoint: string, input: string, ...more: string[]) {
  const output = join(folder, 'features.safetensors');
  const args = ['--checkpoint', checkpoint, '--input', input, '--output', output, ...more, ...WASM];
  const { code, stdout, stderr } = await runVjepa('features', ...args);
  return { code, stdout, stderr, shape: code === 0 ? (await readSafetensors(output)).features!.shape : undefined };
}

describe('a model of V-JEPA 2', () => {
  it('of Hugging Face has the sizes, heads and clips of its folder, 4 frames a second', async () => {
    const model = await pretrainedModel({ checkpoint: SECOND });
    expect(model.encoder).toEqual((await loadEncoder(SECOND)).encoder);
    expect([model.frameStep, model.description]).toEqual([
      undefined,
      `${SECOND}: an encoder of V-JEPA 2, 3 blocks of width 24; 2 heads; 8 frames of 32 x 32, 4 a second`,
    ]);
  });

  it('of 22 heads and 40 blocks is asked for by the giant’s name, and says how else', async () => {
    const { code, stderr } = await features(SECOND, data.val, '--model', 'vjepa2_vit_giant_xformers');
    expect([code, stderr]).toEqual([1, expect.stringContaining('2 heads; expected 22')]);
  });

  it('vjepa features, of videos', async () => {
    const video = join(data.folder, 'val', '0.mp4');
    const { stdout, stderr, shape } = await features(SECOND, video);
    expect(stderr).toContain('8 frames of 32 x 32, 4 a second');
    expect([shape, stdout]).toEqual([[64, 24], expect.stringContaining('features [64, 24] of 1 video')]);
    // Positions are those of the clip's own grid: another resolution and length need nothing else.
    expect((await features(SECOND, video, '--resolution', '48', '--frames', '4')).shape).toEqual([72, 24]);
    expect((await features(LATEST, video, ...LATEST_SIZES)).shape).toEqual([18, 16]);
  });

  it('vjepa features, of pictures: repeated, and by V-JEPA 2.1 taken as they are', async () => {
    const pictures = await colouredPictures(1);
    const bright = join(pictures, 'pictures', 'val', 'bright', '0.png');
    expect((await features(SECOND, bright)).shape).toEqual([64, 24]);
    expect((await features(LATEST, bright, ...LATEST_SIZES)).shape).toEqual([9, 16]);
  });

  it('vjepa evaluate, with two lists and nothing else', async () => {
    const lists = ['--train', data.train, '--val', data.val, '--output', join(folder, 'evaluated')];
    const short = ['--set', 'optimization.num_epochs=1'];
    const { code, stdout, stderr } = await runVjepa(
      ...['evaluate', '--checkpoint', SECOND, ...lists, ...short, '--json', ...WASM],
    );
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).trainings[0].probes[0].validation).toMatchObject({ count: 4 });
    const { config } = JSON.parse(readFileSync(join(folder, 'evaluated', 'results.json'), 'utf8'));
    expect(config.pretrain).toMatchObject({ model_name: 'vjepa2_vit_large', embed_dim: 24, num_heads: 2 });
    expect(config.data).toMatchObject({ frames_per_clip: 8, fps: 4 });
  });

  it('vjepa evaluate, of a file whose position table leaves its version open, by the name of a model', async () => {
    const checkpoint = fixture('vjepa2-checkpoint/checkpoint.pt');
    const args = ['--train', data.train, '--val', data.val, '--output', join(folder, 'open')];
    const set = ['pretrain.model_name=vjepa2_vit_tiny', 'pretrain.num_heads=1', 'optimization.num_epochs=1'];
    const small = ['data.frames_per_clip=8', 'optimization.resolution=32', 'probe.num_heads=1'];
    const overrides = [...set, ...small].flatMap((override) => ['--set', override]);
    const { code, stderr } = await runVjepa('evaluate', '--checkpoint', checkpoint, ...args, ...overrides, ...WASM);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('pos_embed is not read: V-JEPA 2 rotates queries and keys');
    const { config } = JSON.parse(readFileSync(join(folder, 'open', 'results.json'), 'utf8'));
    expect(config.pretrain).toMatchObject({ model_name: 'vjepa2_vit_tiny', embed_dim: 20, depth: 2 });
    expect(config.data.fps).toBe(4);
  });

  it('vjepa visualize features', async () => {
    const video = ['--video', join(data.folder, 'val', '0.mp4'), '--output', join(folder, 'second.png')];
    const { code, stdout, stderr } = await runVjepa('visualize', 'features', '--checkpoint', SECOND, ...video, ...WASM);
    expect([code, stderr, stdout]).toEqual([0, expect.any(String), expect.stringContaining('4 time steps')]);
  });

  it('is used as it is: vjepa finetune says what to take', async () => {
    const lists = ['--train', data.train, '--val', data.val, '--output', join(folder, 'tuned')];
    const { code, stderr } = await runVjepa('finetune', '--checkpoint', SECOND, ...lists, ...WASM);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /is one of V-JEPA 2, which is used frozen here; fine-tune an encoder of V-JEPA, or train a probe/,
      ),
    ]);
  });
});

describe('a model that is not the one asked for is one line, in the words of the command line', () => {
  it.each([
    ['vit_tiny', SECOND, /holds an encoder of V-JEPA 2, .*expected one of V-JEPA\. Ask for no model/],
    ['vjepa2_vit_tiny', LATEST, /holds an encoder of V-JEPA 2\.1, .*expected one of V-JEPA 2\./],
    [
      'vjepa2_1_vit_tiny',
      LATEST,
      /an encoder 16 wide; 3 heads do not share that\. Name the model .* --run and --checkpoint/,
    ],
  ])('%s', async (model, checkpoint, message) => {
    const { code, stderr } = await features(checkpoint, data.val, '--model', model);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr.split('\n').filter((line) => line.startsWith('error'))).toHaveLength(1);
  });
});
