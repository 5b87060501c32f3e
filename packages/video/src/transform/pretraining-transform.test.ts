import { mersenneTwister, numpyRandom, pythonRandom, torchRandom } from '@vjepa/random';
import { expect, it } from 'vitest';
import { sampleRandom } from '../sampling/random-streams.js';
import { createClipBuffer } from './clip-buffer.js';
import { cropResize } from './crop-resize.js';
import { patternedFrames } from './patterned-frames.fixture.js';
import { pretrainingTransform } from './pretraining-transform.js';

const clip = patternedFrames(256, 340, 2);
const SIZE = 16;
const output = () => createClipBuffer('uint8', clip.frames, SIZE);

it('one crop for the clip, then a flip, drawn as the reference draws them', () => {
  const random = { numpy: numpyRandom(0), python: pythonRandom(0), torch: torchRandom(0) };
  const found = pretrainingTransform(clip, { size: SIZE }, random, output());
  // Seed 0 gives this box (see the crop boxes' own test); NumPy's second double, 0.715, is no flip.
  const box = { top: 8, left: 124, height: 243, width: 213 };
  expect(found).toEqual(cropResize(clip, box, SIZE, output()));
});

it('flips about half of the clips', () => {
  const settings = { size: SIZE, scale: [1, 1], aspectRatio: [340 / 256, 340 / 256] } as const;
  const whole = { top: 0, left: 0, height: 256, width: 340 };
  const mirrored = cropResize(clip, whole, SIZE, output(), { flip: true });
  let flips = 0;
  for (let i = 0; i < 100; i++) {
    const found = pretrainingTransform(clip, settings, sampleRandom(0, 0, i), output());
    if (Buffer.compare(found, mirrored) === 0) flips++;
  }
  expect(flips).toBeGreaterThan(30);
  expect(flips).toBeLessThan(70);
});

it('is a function of its generator; one plain generator serves as well', () => {
  const run = (seed: number) => pretrainingTransform(clip, { size: SIZE }, mersenneTwister(seed), output());
  expect(run(4)).toEqual(run(4));
  expect(run(4)).not.toEqual(run(5));
});

it('motion shift crops the frames differently', () => {
  const still = { ...clip, data: clip.data.slice() };
  still.data.copyWithin(still.data.length / 2, 0, still.data.length / 2);
  const halves = (motionShift: boolean) => {
    const found = pretrainingTransform(still, { size: SIZE, motionShift }, sampleRandom(0, 0, 0), output());
    return [found.subarray(0, found.length / 2), found.subarray(found.length / 2)];
  };
  const [first, last] = halves(false);
  expect(first).toEqual(last);
  const [moved, end] = halves(true);
  expect(moved).not.toEqual(end);
});
