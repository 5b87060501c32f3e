import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSafetensors } from '@vjepa/checkpoints';
import { futureMask } from '@vjepa/masks';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import type { MeasuredSurprise, VideoSurprise } from './measure-surprise.js';
import { describeSurprise, meanSurprise, mostSurprising, writePredictions, writeSurprise } from './write-surprise.js';

const folder = temporaryFolder('write-surprise');
const path = (name: string) => join(folder, name);
const step = (frame: number, surprise?: number, second?: number) => {
  return { frame, second, surprise, baseline: surprise && 2 * surprise };
};
const clip = (first: number, value: number) => {
  return { step: first, predictions: new Float32Array(6).fill(value), targets: new Float32Array(6).fill(-value) };
};
const video = (name: string, steps: VideoSurprise['steps'], clips: VideoSurprise['clips']): VideoSurprise => {
  return { name, steps, clips, map: new Float32Array(), pictures: [] };
};
const grid = { depth: 2, height: 1, width: 2 };
const measured: MeasuredSurprise = {
  videos: [
    video('a, "b".mp4', [step(0), step(8, 0.25, 0.32), step(16, 0.75, 0.64)], [clip(0, 1), clip(1, 2)]),
    video('c.mp4', [step(0), step(8, 0.5)], [clip(0, 3)]),
  ],
  leftOut: [{ name: 'd.mp4', reason: 'd.mp4: the file has 0 bytes (empty)', passing: false }],
  grid,
  mask: futureMask(grid, 1),
  width: 3,
};

describe('writeSurprise', () => {
  it('writes a line for each time step, empty where there is no number', () => {
    writeSurprise(path('surprise.csv'), measured);
    expect(readFileSync(path('surprise.csv'), 'utf8').split('\n')).toEqual([
      'file,step,frame,second,surprise,baseline',
      '"a, ""b"".mp4",0,0,,,',
      '"a, ""b"".mp4",1,8,0.32,0.25,0.5',
      '"a, ""b"".mp4",2,16,0.64,0.75,1.5',
      'c.mp4,0,0,,,',
      'c.mp4,1,8,,0.5,1',
      '',
    ]);
  });

  it('writes JSON with what else belongs to it', () => {
    writeSurprise(path('surprise.json'), measured, { model: 'a model' });
    const written = JSON.parse(readFileSync(path('surprise.json'), 'utf8'));
    expect(written).toMatchObject({
      model: 'a model',
      grid,
      files: [
        { file: 'a, "b".mp4', surprise: 0.5, baseline: 1 },
        { file: 'c.mp4', surprise: 0.5 },
      ],
      left_out: [{ file: 'd.mp4', reason: 'd.mp4: the file has 0 bytes (empty)' }],
    });
    expect(written.files[0].steps[0]).toEqual({ step: 0, frame: 0, second: null, surprise: null, baseline: null });
  });
});

describe('writePredictions', () => {
  it('writes the clips of all videos one after the other', async () => {
    await writePredictions(path('features.safetensors'), measured);
    const file = await openSafetensors(path('features.safetensors'));
    const values = async (name: string) => [...(await file.tensors.get(name)!.readFloat32())];
    expect(file.tensors.get('targets')!.shape).toEqual([3, 2, 3]);
    expect(await values('predictions')).toEqual([1, 2, 3].flatMap((value) => Array(6).fill(value)));
    expect(await values('targets')).toEqual([-1, -2, -3].flatMap((value) => Array(6).fill(value)));
    expect(await values('ids')).toEqual([2, 3]);
    expect([await values('file'), await values('step')]).toEqual([
      [0, 0, 1],
      [0, 1, 0],
    ]);
    expect(JSON.parse(file.metadata.files!)).toEqual(['a, "b".mp4', 'c.mp4']);
    await file.close();
  });
});

it('the mean is of predicted time steps, the most surprising the one that is off the most', () => {
  expect(meanSurprise(measured.videos[0]!)).toEqual({ surprise: 0.5, baseline: 1 });
  expect(mostSurprising(measured.videos[0]!)).toMatchObject({ step: 2, second: 0.64 });
  expect(mostSurprising({ steps: [step(0)] })).toBeUndefined();
});

it('a video is described by its mean and its worst moment', () => {
  const [first, second] = measured.videos.map(describeSurprise);
  expect(first).toBe('a, "b".mp4: surprise 0.500, of 1.000 for predicting the mean; most at 0.64 s, 0.750');
  expect(second).toBe('c.mp4: surprise 0.500, of 1.000 for predicting the mean; most at frame 8, 0.500');
});
