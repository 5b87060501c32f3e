import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { convertCheckpoint, openSafetensors } from '@vjepa/checkpoints';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encodeVideo } from '@vjepa/video';
import { beforeAll, describe, expect, it } from 'vitest';
import { untrainedRun } from '../checkpoint/untrained-run.fixture.js';
import { runVjepa } from '../run-vjepa.fixture.js';

const folder = temporaryFolder('predict-command');
const path = (name: string) => join(folder, name);
let run: Awaited<ReturnType<typeof untrainedRun>>;

beforeAll(async () => {
  run = await untrainedRun(
    path('run'),
    'model.depth=2',
    'model.pred_depth=1',
    'data.crop_size=32',
    'data.patch_size=8',
  );
  for (const [name, frames] of [
    ['a.mp4', 80],
    ['b.mp4', 60],
    ['short.mp4', 12],
  ] as const) {
    const data = Uint8Array.from({ length: frames * 48 * 64 * 3 }, (_, i) => (i * 7 + (i >> 9)) & 255);
    await encodeVideo({ frames: { data, frames, height: 48, width: 64 }, rate: 20, output: path(name) });
  }
});

const predict = (...more: string[]) => runVjepa('predict', '--run', run.run, '--backend', 'wasm', ...more);

describe('vjepa predict', () => {
  it('writes numbers, features and a picture of one video', async () => {
    const outputs = ['surprise.csv', 'features.safetensors', 'surprise.png'].map(path);
    const [output, features, picture] = outputs as [string, string, string];
    const written = ['--output', output, '--features', features, '--picture', picture];
    const { code, stdout, stderr } = await predict('--input', path('a.mp4'), ...written);
    expect([code, stderr]).toEqual([0, expect.stringContaining("'encoder' sees the context, 'target_encoder'")]);
    expect(stdout).toMatch(/a\.mp4: surprise \d\.\d{3}, of \d\.\d{3} for predicting the mean; most at \d\.\d\d s, \d/);
    const lines = readFileSync(output, 'utf8').trim().split('\n');
    expect(lines[0]).toBe('file,step,frame,second,surprise,baseline');
    // 8 frames 4 apart, in tubelets of two: a step each 8 frames, of which 80 frames have 10; two of a clip's four are seen.
    expect(lines).toHaveLength(1 + 10);
    expect(lines[2]).toMatch(/a\.mp4,1,8,0\.4,,$/);
    expect(lines[3]).toMatch(/a\.mp4,2,16,0\.8,\d/);
    const file = await openSafetensors(features);
    expect(file.tensors.get('predictions')!.shape).toEqual(file.tensors.get('targets')!.shape);
    expect(file.tensors.get('predictions')!.shape.slice(0, 2)).toEqual([4, 2 * 16]);
    await file.close();
    expect(readFileSync(picture).subarray(1, 4).toString()).toBe('PNG');
  });

  it('prints a line for each of several videos, and what was left out', async () => {
    const { code, stdout, stderr } = await predict('--input', path('a.mp4'), path('b.mp4'), path('short.mp4'));
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stderr).toContain('short.mp4: the video has 12 frames, and a clip of 8 frames, 4 apart, spans 29');
  });

  it('predicts blocks all along the video, as JSON', async () => {
    const { stdout } = await predict('--input', path('b.mp4'), '--mask', 'large-blocks', '--json', '--frame-step', '2');
    const { files, left_out } = JSON.parse(stdout);
    expect(left_out).toEqual([]);
    expect(files[0].steps).toHaveLength(15);
    expect(files[0].steps.every(({ surprise }: { surprise: number | null }) => surprise !== null)).toBe(true);
  });

  it('refuses what it cannot do before it begins', async () => {
    const refused = async (...more: string[]) => {
      const { code, stderr } = await predict(...more);
      expect(code).toBe(1);
      return stderr;
    };
    const two = ['--input', path('a.mp4'), path('b.mp4'), '--picture', path('two.png')];
    expect(await refused(...two)).toContain('is of one video, and there are 2; name one with --input');
    expect(await refused('--input', path('a.mp4'), '--context', '1')).toContain('expected a number between 0 and 1');
    expect(await refused('--input', path('a.mp4'), '--frames', '2')).toContain('a clip of 1 time step has no future');
    expect(await refused('--input', path('a.mp4'), '--frames', '7')).toContain('--frames 7: expected a multiple of 2');
    writeFileSync(path('no-video.mp4'), 'text');
    expect(await refused('--input', path('no-video.mp4'))).toContain('no-video.mp4');
    expect(existsSync(path('two.png'))).toBe(false);
  });

  it('says what a checkpoint without a predictor is', async () => {
    const alone = path('encoder.safetensors');
    await convertCheckpoint(run.checkpoint, alone, { key: 'target_encoder' });
    const { code, stderr } = await runVjepa('predict', '--checkpoint', alone, '--input', path('a.mp4'));
    expect([code, stderr]).toEqual([1, expect.stringMatching(/encoder\.safetensors: .*no predictor: it holds/)]);
    expect(stderr).toContain('--predictor');
  });

  it('asks for the teacher of a distilled model of V-JEPA 2.1', async () => {
    const distilled = ['--checkpoint', fixture('vjepa21-checkpoint/checkpoint.pt'), '--num-heads', '1'];
    const clip = ['--predictor-heads', '1', '--frames', '4', '--resolution', '48', '--input', path('a.mp4')];
    const { code, stderr } = await runVjepa('predict', ...distilled, ...clip, '--backend', 'wasm');
    expect([code, stderr]).toEqual([1, expect.stringContaining("features 24 wide, and the encoder's are 16 wide")]);
    expect(stderr).toContain('give the encoder that it predicts, as --target');
  });
});
