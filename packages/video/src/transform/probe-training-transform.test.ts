import { expect, it } from 'vitest';
import { sampleRandom } from '../sampling/random-streams.js';
import { createClipBuffer } from './clip-buffer.js';
import { patternedFrames } from './patterned-frames.fixture.js';
import { pretrainingTransform } from './pretraining-transform.js';
import { probeTrainingTransform } from './probe-training-transform.js';

const clip = patternedFrames(40, 52, 2);
const SIZE = 16;
const output = () => createClipBuffer('uint8', clip.frames, SIZE);

it('without its augmentations it is the crop of pretraining without the flip', () => {
  const crop = { size: SIZE, scale: [0.2, 0.8], aspectRatio: [0.8, 1.2] } as const;
  for (let i = 0; i < 10; i++) {
    const plain = { ...crop, randAugment: false, erasingProbability: 0 } as const;
    const found = probeTrainingTransform(clip, plain, sampleRandom(0, 0, i), output());
    const expected = pretrainingTransform(clip, { ...crop, flipProbability: 0 }, sampleRandom(0, 0, i), output());
    expect(found).toEqual(expected);
  }
});

it('augments and erases as a function of its generator alone', () => {
  const run = (draw: number) => probeTrainingTransform(clip, { size: SIZE }, sampleRandom(0, 0, draw), output());
  for (let draw = 0; draw < 10; draw++) expect(run(draw)).toEqual(run(draw));
  expect(run(0)).not.toEqual(run(1));
});

it('pretraining takes the same augmentations where they are asked for', () => {
  const run = (settings: object) =>
    pretrainingTransform(clip, { size: SIZE, ...settings }, sampleRandom(0, 0, 3), output());
  expect(run({ randAugment: {} })).not.toEqual(run({}));
  expect(run({ erasingProbability: 1 })).not.toEqual(run({}));
});
