import { describe, expect, it } from 'vitest';
import { boxWeights, poolBox } from './box-pooling.js';

const grid = { depth: 2, height: 2, width: 4 };

describe('boxWeights', () => {
  it('are the covered areas, as shares', () => {
    // From x = 1 to 2.5 of 4 columns, y = 0.5 to 2 of 2 rows: areas 1·0.5, 0.5·0.5, 1·1, 0.5·1.
    const weights = boxWeights(grid, [0.25, 0.25, 0.625, 1]);
    const total = 0.5 + 0.25 + 1 + 0.5;
    expect([...weights]).toEqual([0, 0.5, 0.25, 0, 0, 1, 0.5, 0].map((area) => expect.closeTo(area / total, 12)));
  });

  it('of an empty or outer box are the nearest patch', () => {
    expect([...boxWeights(grid, [0.5, 0.5, 0.5, 0.5])]).toEqual([0, 0, 0, 0, 0, 0, 1, 0]);
    expect([...boxWeights(grid, [1.005, 0, 1.01, 0.4])]).toEqual([0, 0, 0, 1, 0, 0, 0, 0]);
  });
});

describe('poolBox', () => {
  it('is the mean over time and area', () => {
    // Token value: time step · 100 + patch.
    const tokens = Float32Array.from({ length: 2 * 8 }, (_, i) => Math.floor(i / 8) * 100 + (i % 8));
    expect([...poolBox(tokens, grid, [0, 0, 0.5, 0.5])]).toEqual([50.5]); // patches 0 and 1
    expect([...poolBox(tokens, grid, [0, 0, 1, 1])]).toEqual([53.5]);
  });
});
