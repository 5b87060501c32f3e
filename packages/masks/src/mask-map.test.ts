import { expect, it } from 'vitest';
import { maskToGrid, maskToText } from './mask-map.js';
import type { MaskPair } from './token-mask.js';

const grid = { depth: 2, height: 2, width: 3 };
const pair: MaskPair = {
  context: { indices: Int32Array.from([9, 9, 0, 4]), shape: [2, 2] },
  target: { indices: Int32Array.from([9, 9, 9, 1, 7, 11]), shape: [2, 3] },
};

it('a sample becomes an array of roles', () => {
  expect(Array.from(maskToGrid(pair, 1, grid))).toEqual([1, 2, 0, 0, 1, 0, 0, 2, 0, 0, 0, 2]);
});

it('and a picture, time steps side by side', () => {
  expect(maskToText(pair, 1, grid)).toBe('#. | . \n # |  .');
});

it('rows and indices that do not exist are named', () => {
  expect(() => maskToGrid(pair, 2, grid)).toThrow("sample 2 is outside the mask's 2 samples (0..1)");
  expect(() => maskToGrid(pair, 0, { ...grid, depth: 1 })).toThrow(
    "mask index 9 is outside the grid's 6 tokens (0..5)",
  );
});
