import { describe, expect, it } from 'vitest';
import { principalComponents, projectRows } from './principal-components.js';

/** Rows a·u + b·v + c·w with u, v, w orthonormal in 6 dimensions. */
function rows(coordinates: readonly (readonly number[])[]): Float32Array {
  const r = Math.SQRT1_2;
  const directions = [
    [r, r, 0, 0, 0, 0],
    [0, 0, r, -r, 0, 0],
    [0, 0, 0, 0, 0, 1],
  ];
  return Float32Array.from(
    coordinates.flatMap((row) =>
      directions[0]!.map((_, i) => 3 + row.reduce((s, a, c) => s + a * directions[c]![i]!, 0)),
    ),
  );
}

// Zero mean; sums of squares 180, 16 and 4 along the three directions, the first two correlated with the third.
const COORDINATES = [
  [9, 2, 1],
  [-3, -2, 1],
  [-9, 2, -1],
  [3, -2, -1],
];

describe('principalComponents', () => {
  it('finds directions by variance, whatever the mean', () => {
    const { projections, explained } = principalComponents(rows(COORDINATES), 6, 3);
    const total = 180 + 16 + 4;
    expect(explained.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
    expect(explained[0]! * total).toBeGreaterThanOrEqual(180 - 1e-3);
    expect(explained).toEqual([...explained].sort((a, b) => b - a));
    const sums = [0, 1, 2].map((c) => [0, 1, 2, 3].reduce((sum, row) => sum + projections[row * 3 + c]!, 0));
    for (const sum of sums) expect(sum).toBeCloseTo(0, 5);
  });

  it('recovers coordinates along axes that are uncorrelated', () => {
    const axis = [
      [4, 1],
      [4, -1],
      [-4, 1],
      [-4, -1],
    ];
    const { projections, explained } = principalComponents(rows(axis), 6, 2);
    expect(explained[0]).toBeCloseTo(64 / 68, 6);
    expect([0, 1, 2, 3].map((row) => Math.abs(projections[row * 2]!))).toEqual(
      [4, 4, 4, 4].map((v) => expect.closeTo(v, 4)),
    );
    expect(Math.max(projections[0]!, projections[4]!)).toBeCloseTo(4, 4);
  });

  it('has directions of length 1 along which any rows have coordinates', () => {
    const data = rows(COORDINATES);
    const found = principalComponents(data, 6, 3);
    expect([...projectRows(data, found)]).toEqual([...found.projections].map((value) => expect.closeTo(value, 5)));
    for (const c of [0, 1, 2]) {
      const direction = found.directions.subarray(c * 6, (c + 1) * 6);
      expect(Math.hypot(...direction)).toBeCloseTo(1, 6);
      // A row at the mean and two along one direction.
      const row = Float64Array.from(found.mean, (value, d) => value + 2 * direction[d]!);
      const expected = [0, 1, 2].map((other) => expect.closeTo(other === c ? 2 : 0, 5));
      expect([...projectRows(row, found)]).toEqual(expected);
    }
  });

  it('gives the same signs each time', () => {
    const data = rows(COORDINATES);
    expect(principalComponents(data, 6, 3)).toEqual(principalComponents(data, 6, 3));
  });

  it('survives rows that are all the same', () => {
    const { projections, explained } = principalComponents(new Float32Array(24).fill(7), 6, 3);
    expect([...projections]).toEqual(new Array(12).fill(0));
    expect(explained).toEqual([0, 0, 0]);
  });

  it('refuses more components than there can be', () => {
    expect(() => principalComponents(new Float32Array(12), 6, 3)).toThrow(/3 components of 2 rows/);
  });
});
