import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encodeVideo } from '@vjepa/video';
import { beforeAll, describe, expect, it } from 'vitest';
import { untrainedRun } from '../checkpoint/untrained-run.fixture.js';
import { runVjepa } from '../run-vjepa.fixture.js';

const folder = temporaryFolder('decode-command');
const path = (name: string) => join(folder, name);
const SIZES = ['--width', '24', '--depth', '1', '--heads', '2', '--epochs', '2', '--batch-size', '2'];
let run: Awaited<ReturnType<typeof untrainedRun>>;

beforeAll(async () => {
  const small = ['model.depth=2', 'model.pred_depth=1', 'data.crop_size=32', 'data.patch_size=8'];
  run = await untrainedRun(path('run'), ...small);
  for (const name of ['a.mp4', 'b.mp4']) {
    const data = Uint8Array.from({ length: 40 * 48 * 64 * 3 }, (_, i) => (i * 7 + (i >> 9)) & 255);
    await encodeVideo({ frames: { data, frames: 40, height: 48, width: 64 }, rate: 20, output: path(name) });
  }
  const { code, stdout, stderr } = await decode(
    'train',
    '--data',
    path('a.mp4'),
    path('b.mp4'),
    '--val',
    path('a.mp4'),
    ...SIZES,
  );
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('2 epochs of 1 steps of 2 clips');
  expect(stdout).toMatch(/^1 videos: samples \d+\.\d dB, .*\n.*pixel_decoder\/decoder\.safetensors\n$/);
}, 600_000);

const decode = (kind: 'train' | 'show' | undefined, ...more: string[]) =>
  runVjepa('decode', ...(kind ? [kind] : []), '--run', run.run, '--backend', 'wasm', ...more);

describe('vjepa decode', { timeout: 600_000 }, () => {
  it('finds the decoder of a run, and draws what it makes of a video', async () => {
    const output = path('decoded.png');
    const { code, stdout, stderr } = await decode(
      undefined,
      '--input',
      path('a.mp4'),
      '--output',
      output,
      '--samples',
      '2',
      '--steps',
      '4',
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining("'encoder' sees the context, 'target_encoder'")]);
    expect(stdout).toMatch(
      /a\.mp4: samples .* dB, their mean .* dB, of the targets' features .* dB, the mean colour .* dB; samples differ by/,
    );
    const png = readFileSync(output);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    // Four time steps in a row; clip, what is seen of it, two samples, the targets.
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([4 * 160 + 3 * 4, 5 * 160 + 4 * 4]);
  });

  it('shows a film, from a named decoder, of blocks from another seed', async () => {
    const decoder = join(run.run, 'pixel_decoder', 'decoder.safetensors');
    const output = path('decoded.gif');
    const named = ['--decoder', decoder, '--mask', 'large-blocks', '--seed', '3', '--samples', '1', '--steps', '2'];
    const { code } = await decode('show', '--input', path('b.mp4'), '--output', output, ...named);
    expect(code).toBe(0);
    expect(readFileSync(output).subarray(0, 3).toString()).toBe('GIF');
  });

  it('gives the numbers of several videos as JSON, the same each time', async () => {
    const ask = () => decode(undefined, '--input', path('a.mp4'), path('b.mp4'), '--steps', '2', '--json');
    const [first, second] = [await ask(), await ask()];
    expect(JSON.parse(first.stdout)).toMatchObject([
      { file: path('a.mp4'), samples: expect.any(Number) },
      { file: path('b.mp4') },
    ]);
    expect(second.stdout).toBe(first.stdout);
  });

  it('goes on with a training, and refuses to overwrite one unasked', async () => {
    const data = ['--data', path('a.mp4'), path('b.mp4'), '--val', path('a.mp4')];
    const resumed = await decode('train', ...data, ...SIZES, '--resume');
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.stringContaining('resuming after epoch 2\n')]);
    const again = await decode('train', ...data, ...SIZES);
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringMatching(
        /holds an earlier pixel_decoder. Go on with it with --resume, start again with --overwrite/,
      ),
    ]);
  });

  it.each([
    [['--input', 'a.mp4', 'b.mp4', '--output', 'two.png'], 'is of one video, and there are 2; name one with --input'],
    [
      ['--input', 'a.mp4', '--decoder', 'run/config.yaml'],
      'name the decoder.safetensors that a training of a decoder has left',
    ],
    [
      ['--input', 'a.mp4', '--resolution', '16'],
      'decodes features of another model: rows of tokens: 4, of the models here 2',
    ],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await decode(undefined, ...args.map((arg) => (/\.\w+$/.test(arg) ? path(arg) : arg)));
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(existsSync(path('two.png'))).toBe(false);
  });

  it.each([
    [['--crop-scale', '2'], 'error: --crop-scale: expected a number above 0, at most 1, found 2'],
    [['--width', '25', '--heads', '2'], 'error: --heads: expected a divisor of the width, 25, found 2'],
  ])('trains nothing with %j', async (args, message) => {
    const { code, stderr } = await decode('train', '--data', path('a.mp4'), '--output', path('none'), ...args);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(existsSync(path('none'))).toBe(false);
  });

  it('says in --help what its two parts do', async () => {
    const { stdout } = await runVjepa('decode', '--help');
    expect(stdout).toMatch(/train \[options\] +train a decoder/);
    expect(stdout).toContain('vjepa decode --run runs/mine --input video.mp4 --output decoded.png');
  });
});
