import { describe, expect, it } from 'vitest';
import { boundaryAccuracy, outline, regionSimilarity } from './mask-similarity.js';

/** Rows of `#` (inside) and `.`. */
function drawn(...rows: string[]) {
  const mask = Uint8Array.from(rows.join(''), (sign) => Number(sign === '#'));
  return { mask, height: rows.length, width: rows[0]!.length };
}

/** A square in a frame of 100 x 100, its top left corner at (x, y). */
function square(x: number, y: number, side: number): Uint8Array {
  return Uint8Array.from({ length: 10_000 }, (_, at) => {
    const [column, row] = [(at % 100) - x, Math.floor(at / 100) - y];
    return Number(column >= 0 && column < side && row >= 0 && row < side);
  });
}

const FRAME = { height: 100, width: 100 };

describe('regionSimilarity', () => {
  it('is intersection over union', () => {
    // 400 pixels each, 200 in common.
    expect(regionSimilarity(square(0, 0, 20), square(10, 0, 20))).toBeCloseTo(200 / 600, 12);
    expect(regionSimilarity(square(0, 0, 20), square(50, 50, 20))).toBe(0);
    expect(regionSimilarity(new Uint8Array(4), new Uint8Array(4))).toBe(1);
    expect(regionSimilarity(new Uint8Array(4), Uint8Array.of(0, 1, 0, 0))).toBe(0);
  });
});

describe('outline', () => {
  it('is the pixels whose neighbour to the right, below or both is another, once along each edge', () => {
    const { mask, ...size } = drawn('....', '.##.', '.##.', '....');
    const places = new Set(outline(mask, size));
    const picture = Array.from(mask, (_, at) => (places.has(at) ? '#' : '.')).join('');
    expect(picture.match(/.{4}/g)).toEqual(['###.', '#.#.', '###.', '....']);
  });

  it('does not run along the edge of the frame', () => {
    const { mask, ...size } = drawn('##.', '##.', '##.');
    expect(outline(mask, size)).toEqual([1, 4, 7]);
    expect(outline(new Uint8Array(9).fill(1), size)).toEqual([]);
  });
});

describe('boundaryAccuracy', () => {
  it('takes outlines that are near each other for the same', () => {
    // 0.008 of the diagonal of 141.4 pixels is 1.13, rounded up 2.
    expect(boundaryAccuracy(square(20, 20, 30), square(22, 20, 30), FRAME)).toBe(1);
    expect(boundaryAccuracy(square(20, 20, 30), square(23, 20, 30), FRAME)).toBeLessThan(1);
    expect(boundaryAccuracy(square(20, 20, 30), square(23, 20, 30), FRAME, 3)).toBe(1);
  });

  it('is the harmonic mean of precision and recall, as by hand', () => {
    // One vertical edge (4 pixels) against two (8), 4 columns apart: all of the one is met, half of the two.
    const one = drawn('##........', '##........', '##........', '##........');
    const two = drawn('##....####', '##....####', '##....####', '##....####');
    expect(boundaryAccuracy(one.mask, two.mask, one, 1)).toBeCloseTo((2 * 1 * 0.5) / 1.5, 12);
    expect(boundaryAccuracy(two.mask, one.mask, one, 1)).toBeCloseTo((2 * 0.5 * 1) / 1.5, 12);
  });

  it('reaches as far as a disk, not a square', () => {
    // A corner's outline ends diagonally (2, 2) away from the other's: 2.83 pixels.
    const at = (x: number, y: number) => square(x, y, 1);
    const size = FRAME;
    expect(boundaryAccuracy(at(50, 50), at(55, 55), size, 5)).toBeLessThan(1);
    expect(boundaryAccuracy(at(50, 50), at(54, 53), size, 5)).toBe(1);
  });

  it('of nothing is 1 only where there is nothing', () => {
    const nothing = new Uint8Array(10_000);
    expect(boundaryAccuracy(nothing, nothing, FRAME)).toBe(1);
    expect(boundaryAccuracy(nothing, square(20, 20, 30), FRAME)).toBe(0);
    expect(boundaryAccuracy(square(20, 20, 30), nothing, FRAME)).toBe(0);
    expect(boundaryAccuracy(square(0, 0, 5), square(80, 80, 5), FRAME)).toBe(0);
  });
});
