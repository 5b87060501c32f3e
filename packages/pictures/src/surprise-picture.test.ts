import { describe, expect, it } from 'vitest';
import type { RgbPicture } from './rgb-picture.js';
import { surpriseFilm, surprisePicture } from './surprise-picture.js';

/** Two time steps of 1 x 2 places: nothing is predicted of the first, the right place of the second is off. */
const shown = {
  steps: [
    { surprise: undefined, baseline: undefined },
    { surprise: 0.5, baseline: 1 },
  ],
  map: Float32Array.of(Number.NaN, Number.NaN, 0.2, 0.8),
  grid: { height: 1, width: 2 },
  pictures: [0, 1].map((step) => ({ step, pixels: new Uint8Array(8 * 8 * 3).fill(100) })),
};
const pixel = ({ data, width }: RgbPicture, x: number, y: number) => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];
const GRAY = [100, 100, 100];
/** 0.85 of orange over 0.15 of grey. */
const HOT = [219, 117, 41];

describe('surprisePicture', () => {
  it('colours places as they are surprising, and leaves those that are not predicted grey', () => {
    const picture = surprisePicture(shown, 4);
    expect([picture.width, picture.height]).toEqual([8 + 4 + 8, 8 + 4 + 8 + 4 + 48]);
    const row = 8 + 4;
    expect([pixel(picture, 1, row), pixel(picture, 6, row)]).toEqual([GRAY, GRAY]);
    expect([pixel(picture, 13, row), pixel(picture, 18, row)]).toEqual([GRAY, HOT]);
  });

  it('draws the curve from where there are numbers on, half as high as what it is compared with', () => {
    const picture = surprisePicture(shown, 4);
    const top = 8 + 4 + 8 + 4;
    const heights = (x: number, color: readonly number[]) =>
      Array.from({ length: 48 }, (_, y) => y).filter((y) => `${pixel(picture, x, top + y)}` === `${color}`);
    const [orange, gray] = [heights(19, [240, 120, 30]), heights(19, [90, 90, 90])];
    expect(heights(2, [240, 120, 30])).toEqual([]);
    // Of 46 lines 94 % are below the highest value.
    expect(gray[0]).toBe(3);
    expect(orange[0]).toBe(24);
  });
});

describe('surpriseFilm', () => {
  it('shows one time step after the other, each marked in the curve', () => {
    const film = surpriseFilm(shown, 4);
    expect(film).toHaveLength(2);
    expect(pixel(film[1]!, 8 + 4 + 6, 0)).toEqual(HOT);
    const marker = (picture: RgbPicture) =>
      Array.from({ length: 20 }, (_, x) => x).filter((x) => `${pixel(picture, x, 12)}` === '120,120,120');
    expect(film.map(marker)).toEqual([
      [4, 5],
      [14, 15],
    ]);
  });
});
