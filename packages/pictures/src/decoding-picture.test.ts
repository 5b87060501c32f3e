import { targetMask } from '@vjepa/masks';
import { describe, expect, it } from 'vitest';
import { decodingFilm, decodingPicture, type PicturedDecoding } from './decoding-picture.js';
import type { RgbPicture } from './rgb-picture.js';

/** Two time steps of two frames of 8 x 8 in patches of 4; the right lower place of the second is hidden. */
const grid = { depth: 2, height: 2, width: 2 };
const clipOf = (value: number) => new Uint8Array(4 * 8 * 8 * 3).fill(value);
const shown: PicturedDecoding = {
  ...{ clip: clipOf(10), samples: [clipOf(20), clipOf(30)], fromTargets: clipOf(40) },
  ...{ mask: targetMask(grid, [7]), grid, tubeletSize: 2 },
};
const gray = ({ data, width }: RgbPicture, x: number, y: number) => data[(y * width + x) * 3];

describe('decodingPicture', () => {
  it('has a row each for the clip, what is seen of it, the samples and the targets, a column for each time step', () => {
    const picture = decodingPicture(shown, 4);
    expect([picture.width, picture.height]).toEqual([8 + 4 + 8, 5 * 8 + 4 * 4]);
    const rows = [0, 1, 2, 3, 4].map((row) => gray(picture, 12, row * 12));
    expect(rows).toEqual([10, 10, 20, 30, 40]);
  });

  it('hides in the second row what the mask hides, where and when it does', () => {
    const picture = decodingPicture(shown, 4);
    const corners = (left: number) => [0, 4].flatMap((y) => [0, 4].map((x) => gray(picture, left + x, 12 + y)));
    expect(corners(0)).toEqual([10, 10, 10, 10]);
    expect(corners(12)).toEqual([10, 10, 10, 128]);
  });

  it('is as large as patches are to be', () => {
    expect(decodingPicture(shown, 8).width).toBe(16 + 4 + 16);
  });
});

describe('decodingFilm', () => {
  it('shows every frame, and all that is made of it side by side', () => {
    const film = decodingFilm(shown, 4);
    expect(film.map(({ width, height }) => [width, height])).toEqual(Array(4).fill([5 * 8 + 4 * 4, 8]));
    expect([0, 1, 2, 3, 4].map((panel) => gray(film[0]!, panel * 12, 0))).toEqual([10, 10, 20, 30, 40]);
    // The hidden place of the second panel, in the frames of either time step.
    expect(film.map((frame) => gray(frame, 12 + 4, 4))).toEqual([10, 10, 128, 128]);
  });
});
