import { describe, expect, it } from 'vitest';
import { maskPicture } from './mask-picture.js';
import { createPicture } from './rgb-picture.js';

/** Two tokens of one time step: the left one is seen, the right one predicted. */
const grid = { depth: 1, height: 1, width: 2 };
const mask = {
  context: { shape: [1, 1] as [number, number], indices: Int32Array.of(0) },
  target: { shape: [1, 1] as [number, number], indices: Int32Array.of(1) },
};

const pixel = ({ data, width }: { data: Uint8Array; width: number }, x: number, y: number) => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

describe('maskPicture', () => {
  it('draws context blue and targets orange, a gap of 6 about each tile', () => {
    const picture = maskPicture([mask], grid, 4);
    expect([picture.width, picture.height]).toEqual([6 + 8 + 6, 6 + 4 + 6]);
    expect(pixel(picture, 0, 0)).toEqual([255, 255, 255]);
    expect(pixel(picture, 6, 6)).toEqual([38, 110, 184]);
    expect(pixel(picture, 10, 6)).toEqual([240, 160, 64]);
  });

  it('shows the frame where the context is, and once more above', () => {
    const frame = createPicture(8, 4, [10, 200, 30]);
    const picture = maskPicture([mask], grid, 4, [[frame]]);
    expect(picture.height).toBe(6 + 4 + 6 + 4 + 6);
    expect(pixel(picture, 10, 6)).toEqual([10, 200, 30]);
    expect(pixel(picture, 6, 16)).toEqual([10, 200, 30]);
    // 0.18 of the frame under 0.82 of orange.
    expect(pixel(picture, 10, 16)).toEqual([199, 167, 58]);
  });
});
