import { describe, expect, it } from 'vitest';
import { type MatrixCase, matrixCases } from './mirrored-files.fixture.js';
import { isUpright, matrixOrientation, orientRgb, swapsSides } from './orientation.js';

const ONE = 65536;
const matrix = (a: number, b: number, c: number, d: number) => [a, b, 0, c, d, 0, 0, 0, 2 ** 14].map((v) => v * ONE);

/** Where a matrix puts a pixel, as seen from the picture's middle. */
const placed = ([a, b, c, d]: MatrixCase['corners'], x: number, y: number) => [a * x + c * y, b * x + d * y];

const whole = matrixCases.filter(({ corners }) => corners.every((value) => Number.isInteger(value) && value ** 2 < 2));

describe('the eight orientations of a display matrix', () => {
  it('are eight', () => {
    expect(new Set(whole.map(({ orientation }) => JSON.stringify(orientation))).size).toBe(8);
  });

  it.for(whole)('$name', ({ name, corners, orientation }) => {
    expect(matrixOrientation(matrix(...corners))).toEqual(orientation);
    expect(isUpright(orientation)).toBe(name === 'upright');
    // Every pixel of a 3x2 picture lands where the matrix says.
    const [height, width] = [2, 3];
    const source = Uint8Array.from({ length: height * width * 3 }, (_, i) => Math.floor(i / 3) + 1);
    const out = new Uint8Array(source.length + 3);
    orientRgb(source, height, width, orientation, out, 3);
    const [outHeight, outWidth] = swapsSides(orientation) ? [width, height] : [height, width];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [px, py] = placed(corners, x - (width - 1) / 2, y - (height - 1) / 2) as [number, number];
        const at = 3 + 3 * ((py + (outHeight - 1) / 2) * outWidth + px + (outWidth - 1) / 2);
        expect([...out.subarray(at, at + 3)]).toEqual(Array(3).fill(y * width + x + 1));
      }
    }
  });

  it('stretching does not change it, nor does a degree', () => {
    const sine = Math.sin((0.99 * Math.PI) / 180);
    for (const { corners, orientation } of whole) {
      const [a, b, c, d] = corners;
      expect(matrixOrientation(matrix(2 * a, 2 * b, c, d))).toEqual(orientation);
      const turned = matrix(a - b * sine, b + a * sine, c - d * sine, d + c * sine);
      expect(matrixOrientation(turned)).toEqual(orientation);
    }
  });

  it('other angles, shear and matrices that show nothing leave the picture as it is stored', () => {
    const asStored = { mirrored: false, rotation: 0 };
    for (const values of [
      ...[matrix(0.7, 0.7, -0.7, 0.7), matrix(1, 0.5, 0, 1), matrix(1, 0, 0.5, 1), matrix(1, 0, 1, 0)],
      ...[matrix(0, 0, 0, 0), matrix(1, 0, 0, 0), undefined],
    ]) {
      expect(matrixOrientation(values)).toEqual(asStored);
    }
  });
});
