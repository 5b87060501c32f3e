import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, openEngine } from '@vjepa/engine';
import { boxMask, futureMask } from '@vjepa/masks';
import { stream } from '@vjepa/random';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import '@vjepa/test-kit/all-close';
import { encodeVideo } from '@vjepa/video';
import {
  initializeVjepa2Encoder,
  initializeVjepa2Predictor,
  vjepa2EncoderConfig,
  vjepa2PredictorConfig,
} from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { type MeasureSurpriseOptions, measureSurprise } from './measure-surprise.js';
import { predictFeatures } from './predict-features.js';
import { openWindows } from './video-windows.js';

const folder = temporaryFolder('measure-surprise');
const path = (name: string) => join(folder, name);
// Clips of 4 time steps, of two frames each.
const encoder = vjepa2EncoderConfig('vit_tiny', {
  ...{ imageSize: 32, patchSize: 16, numFrames: 8, embedDim: 24, depth: 2, numHeads: 2 },
});
const predictor = vjepa2PredictorConfig(encoder, { embedDim: 24, depth: 2, numHeads: 2 });
const models = {
  encoder,
  predictor,
  parameters: initializeVjepa2Encoder(encoder, stream([1])),
  predictorParameters: initializeVjepa2Predictor(predictor, stream([2])),
};
const grid = { depth: 4, height: 2, width: 2 };

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  await writeVideo('long.mp4', 29);
  await writeVideo('other.mp4', 16);
  await writeVideo('short.mp4', 9);
  writeFileSync(path('text.mp4'), 'no video');
});

/** Frames that grow brighter to the right and from one to the next. */
async function writeVideo(name: string, frames: number): Promise<void> {
  const [height, width] = [32, 32];
  const data = new Uint8Array(frames * height * width * 3);
  for (let i = 0; i < data.length; i++) data[i] = (5 * Math.floor(i / 3072) + 4 * (Math.floor(i / 3) % 32) + 40) % 256;
  await encodeVideo({ frames: { data, frames, height, width }, rate: 10, output: path(name), crf: 1 });
}

const measured = (names: readonly string[], change: Partial<MeasureSurpriseOptions> = {}) =>
  measureSurprise({
    ...{ engine, ...models, frameStep: 2, ...change },
    files: names.map((name) => ({ path: path(name), name })),
  });

describe('measureSurprise', () => {
  it('gives each time step a number from the ones before it, to the end of the video', async () => {
    const { videos, mask } = await measured(['long.mp4']);
    const { steps, map } = videos[0]!;
    // 15 frames two apart are 7 time steps, of which the first two have nothing before them.
    expect(steps.map(({ frame }) => frame)).toEqual([0, 4, 8, 12, 16, 20, 24]);
    expect(steps.map(({ second }) => second)).toEqual(
      [0, 0.4, 0.8, 1.2, 1.6, 2, 2.4].map((at) => expect.closeTo(at, 6)),
    );
    expect(steps.map(({ surprise }) => surprise === undefined)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(mask.context.shape).toEqual([1, 8]);
    expect(map).toHaveLength(7 * 4);
    expect([...map.subarray(0, 8)].every(Number.isNaN)).toBe(true);
    const ofStep = [...map.subarray(8, 12)].reduce((sum, value) => sum + value / 4, 0);
    expect(ofStep).toBeCloseTo(steps[2]!.surprise!, 6);
  });

  it('predicts clip by clip what predictFeatures does, and averages where two clips predict one step', async () => {
    const { videos } = await measured(['long.mp4'], { keepFeatures: true });
    const { steps, clips } = videos[0]!;
    expect(clips.map(({ step }) => step)).toEqual([0, 2, 3]);
    const settings = { frames: 8, tubeletSize: 2, size: 32, shift: 2, frameStep: 2 };
    const windows = await openWindows(path('long.mp4'), settings);
    const found: (readonly Float32Array[])[] = [];
    for await (const { clip } of windows.windows()) {
      const shape = [1, 8, 32, 32, 3];
      const predicted = await predictFeatures({
        ...{ engine, ...models, mask: futureMask(grid, 2), keepFeatures: true },
        clips: { shape, data: clip },
      });
      const { distance, predictions, targets } = predicted.clips[0]!;
      found.push([distance, predictions!, targets!]);
    }
    for (const [i, { predictions, targets }] of clips.entries()) {
      expect(predictions).toBeAllClose(found[i]![1]!, { ofLargest: 1e-6 });
      expect(targets).toBeAllClose(found[i]![2]!, { ofLargest: 1e-6 });
    }
    const ofStep = (clip: number, t: number) =>
      [...found[clip]![0]!.subarray(4 * (t - 2), 4 * (t - 1))].reduce((sum, value) => sum + value / 4, 0);
    expect(steps.slice(2).map(({ surprise }) => surprise!)).toBeAllClose(
      [ofStep(0, 2), ofStep(0, 3), ofStep(1, 2), (ofStep(1, 3) + ofStep(2, 2)) / 2, ofStep(2, 3)],
      { rtol: 1e-5 },
    );
  });

  it('takes clips side by side for a mask that has targets in all time steps', async () => {
    const mask = boxMask(grid, [{ time: 0, top: 0, left: 1, depth: 4, height: 1, width: 1 }]);
    const { videos } = await measured(['other.mp4'], { mask, frameStep: 1, keepFeatures: true });
    const { steps, map, clips } = videos[0]!;
    expect(clips.map(({ step }) => step)).toEqual([0, 4]);
    expect(steps.every(({ surprise }) => surprise !== undefined)).toBe(true);
    for (const [token, value] of map.entries()) expect(Number.isNaN(value)).toBe(token % 4 !== 1);
  });

  it('gives a video the same numbers whatever comes with it, and leaves out what cannot be used', async () => {
    const { videos, leftOut } = await measured(['text.mp4', 'long.mp4', 'short.mp4', 'other.mp4', 'none.mp4']);
    expect(videos.map(({ name }) => name)).toEqual(['long.mp4', 'other.mp4']);
    expect(leftOut.map(({ name, passing }) => [name, passing])).toEqual([
      ['text.mp4', false],
      ['short.mp4', false],
      ['none.mp4', false],
    ]);
    expect(leftOut[1]!.reason).toContain(
      'the video has 9 frames, and a clip of 8 frames, 2 apart, spans 15: take clips of fewer frames, or frames that are closer',
    );
    const alone = await measured(['other.mp4'], { batchSize: 1 });
    const surprise = (video: (typeof videos)[number]) => video.steps.map((step) => step.surprise ?? -1);
    expect(surprise(videos[1]!)).toBeAllClose(surprise(alone.videos[0]!), { rtol: 1e-5 });
  });

  it('says so where no file can be read', async () => {
    await expect(measured(['text.mp4', 'short.mp4'])).rejects.toThrow(/none of the 2 files can be read/);
  });

  it('takes the whole time steps of a clip whose frames do not fill them', async () => {
    const [odd, whole] = [9, 8].map((numFrames) => ({ ...encoder, numFrames }));
    const surprise = async (change: Partial<MeasureSurpriseOptions>) =>
      (await measured(['other.mp4'], change)).videos[0]!.map;
    expect(await surprise({ encoder: odd! })).toEqual(await surprise({ encoder: whole! }));
  });

  it('keeps frames for pictures, spread over the time steps', async () => {
    const { videos } = await measured(['long.mp4'], { pictures: 3 });
    const { pictures } = videos[0]!;
    expect(pictures.map(({ step }) => step)).toEqual([1, 3, 5]);
    // Frame 12 of the video, column 0 of row 0.
    expect(pictures[1]!.pixels).toHaveLength(32 * 32 * 3);
    expect(pictures[2]!.pixels[0]! - pictures[1]!.pixels[0]!).toBeGreaterThan(20);
  });
});

describe('measureSurprise', () => {
  it.each([
    ['files', undefined, 'what inputFiles gives'],
    ['files', [], 'there are none'],
    ['encoder', 'vit_large', 'what loadEncoder or encoderConfig gives'],
  ])('refuses `%s` %j', async (name, value, expected) => {
    const options = { files: [{ path: 'a.mp4', name: 'a' }], [name]: value } as unknown as MeasureSurpriseOptions;
    await expect(measureSurprise(options)).rejects.toThrow(new RegExp(`^\`${name}\`.*${expected}`));
  });
});
