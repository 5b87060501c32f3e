import { describe, expect, it } from 'vitest';
import { featurePictures } from './feature-pictures.js';

describe('featurePictures', () => {
  it('gives patches with like features like colours, whatever the time step', () => {
    // Two kinds of patches in 2 time steps of 2 x 2: the left column is of one kind, the right of the other.
    const kinds = [
      [1, 0, 2, 5],
      [7, 3, 1, 4],
    ];
    const features = Float32Array.from({ length: 8 * 4 }, (_, i) => kinds[(i >> 2) % 2]![i % 4]!);
    const { pictures, explained } = featurePictures(features, { depth: 2, height: 2, width: 2 }, 3);
    expect(pictures.map(({ width, height }) => [width, height])).toEqual([
      [6, 6],
      [6, 6],
    ]);
    expect(explained[0]).toBeCloseTo(1, 9);
    const left = [...pictures[0]!.data.subarray(0, 3)];
    const right = [...pictures[0]!.data.subarray(9, 12)];
    expect(Math.abs(left[0]! - right[0]!)).toBe(255);
    for (const { data } of pictures) {
      for (let x = 0; x < 6; x++) expect([...data.subarray(x * 3, x * 3 + 3)]).toEqual(x < 3 ? left : right);
    }
  });
});
