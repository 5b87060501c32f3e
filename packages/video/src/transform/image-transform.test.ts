import { crc32 } from 'node:zlib';
import { numpyRandom, pythonRandom, torchRandom } from '@vjepa/random';
import { expect, it } from 'vitest';
import { imageEvaluationTransform, imageTrainingTransform } from './image-transform.js';
import { imagenetNormalization } from './normalization.js';
import { smoothFrames } from './patterned-frames.fixture.js';

const SIZE = 48;

// CRC-32 of a smooth 120x160 picture after the same draws (Python's random and MT19937, seeded with the number given)
// and Pillow 13.0's crop, bicubic resize, transpose and AutoAugment operations; no random erasing.
it.each([
  [0, 2426642933],
  [1, 1610344840],
  [2, 1862079309],
  [3, 4042534922],
  [4, 1196955279],
  [5, 2465630751],
  [6, 2136142484],
  [7, 612567782],
  [8, 1340963491],
  [9, 2638173847],
  [10, 3102909489],
  [11, 210980466],
])('training picture of seed %i', (seed, checksum) => {
  const random = { numpy: numpyRandom(seed), python: pythonRandom(seed), torch: torchRandom(seed) };
  const output = new Uint8Array(SIZE * SIZE * 3);
  imageTrainingTransform(smoothFrames(120, 160), { size: SIZE, erasingProbability: 0 }, random, output);
  expect(crc32(output)).toBe(checksum);
});

it('the evaluation picture is Pillow’s: 120x161 to 54x72, bilinear, centre of 48', () => {
  const output = imageEvaluationTransform(smoothFrames(120, 161), { size: SIZE }, new Uint8Array(SIZE * SIZE * 3));
  expect(crc32(output)).toBe(3784870324);
});

it('floats are the bytes normalised, in planes', () => {
  const picture = smoothFrames(60, 70);
  const bytes = imageEvaluationTransform(picture, { size: SIZE }, new Uint8Array(SIZE * SIZE * 3));
  const floats = imageEvaluationTransform(picture, { size: SIZE }, new Float32Array(SIZE * SIZE * 3));
  const { mean, std } = imagenetNormalization;
  for (let i = 0; i < SIZE * SIZE; i++) {
    for (let c = 0; c < 3; c++) {
      expect(floats[c * SIZE * SIZE + i]).toBeCloseTo((bytes[i * 3 + c]! - mean[c]!) / std[c]!, 5);
    }
  }
});
