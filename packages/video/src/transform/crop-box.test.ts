import { numpyRandom, pythonRandom, torchRandom } from '@vjepa/random';
import { describe, expect, it } from 'vitest';
import { movingBoxes, randomCropBox } from './crop-box.js';

const streams = (seed: number) => ({ numpy: numpyRandom(seed), python: pythonRandom(seed), torch: torchRandom(seed) });
const pretraining = { scale: [0.3, 1], aspectRatio: [0.75, 1.35] } as const;
const box = (top: number, left: number, height: number, width: number) => ({ top, left, height, width });

describe('randomCropBox', () => {
  // Made with Python's random and NumPy, both seeded with the number given, from the rule in words.
  it.each([
    [0, [box(8, 124, 243, 213), box(19, 61, 207, 246), box(13, 64, 195, 246)], 0.4236547993389047],
    [1, [box(8, 65, 167, 206), box(60, 97, 168, 198), box(55, 155, 151, 185)], 0.14675589081711304],
    [2, [box(0, 1, 254, 332), box(94, 78, 160, 196), box(2, 148, 221, 188)], 0.4353223926182769],
  ])('draws boxes in 256x340 pictures as the reference does, seed %i', (seed, boxes, nextNumpy) => {
    const random = streams(seed);
    for (const expected of boxes) {
      expect(randomCropBox(pretraining, { height: 256, width: 340 }, random)).toEqual(expected);
    }
    expect(random.numpy.double()).toBe(nextNumpy);
  });

  it('stays inside and keeps to the ranges', () => {
    const random = streams(3);
    for (let i = 0; i < 500; i++) {
      const { top, left, height, width } = randomCropBox(pretraining, { height: 120, width: 160 }, random);
      expect(top >= 0 && left >= 0 && top + height <= 120 && left + width <= 160).toBe(true);
      expect(width / height).toBeGreaterThan(0.73);
      expect(width / height).toBeLessThan(1.38);
      expect((width * height) / (120 * 160)).toBeGreaterThan(0.28);
    }
  });

  it('where no box fits, the largest centred box of an allowed ratio', () => {
    const wholeArea = { scale: [1, 1], aspectRatio: [0.75, 1.35] } as const;
    expect(randomCropBox(wholeArea, { height: 100, width: 1000 }, streams(0))).toEqual(box(0, 432, 100, 135));
    expect(randomCropBox(wholeArea, { height: 1000, width: 100 }, streams(0))).toEqual(box(433, 0, 133, 100));
    expect(randomCropBox(wholeArea, { height: 1, width: 1 }, streams(0))).toEqual(box(0, 0, 1, 1));
  });
});

it('movingBoxes goes from the first box to the last in even steps, truncated', () => {
  expect(movingBoxes(box(0, 10, 100, 50), box(3, 0, 50, 51), 4)).toEqual([
    box(0, 10, 100, 50),
    box(1, 6, 83, 50),
    box(2, 3, 66, 50),
    box(3, 0, 50, 51),
  ]);
  expect(movingBoxes(box(1, 2, 3, 4), box(9, 9, 9, 9), 1)).toEqual([box(1, 2, 3, 4)]);
});
