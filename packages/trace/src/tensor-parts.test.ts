import { expect, it } from 'vitest';
import { firstRows, joinParts, partOf } from './tensor-parts.js';

const x = { shape: [2, 4, 3], data: Int32Array.from({ length: 24 }, (_, i) => i) };

it.each([
  [0, 2],
  [1, 4],
  [1, 2],
  [2, 3],
])('a tensor is its parts along axis %i, %i of them', (axis, count) => {
  const parts = Array.from({ length: count }, (_, part) => partOf(x, axis, part, count));
  expect(joinParts(parts, axis)).toEqual(x);
});

it('a part along an inner axis is of every row', () => {
  expect(partOf(x, 1, 1, 2)).toEqual({
    shape: [2, 2, 3],
    data: Int32Array.of(6, 7, 8, 9, 10, 11, 18, 19, 20, 21, 22, 23),
  });
});

it('rows beyond so many are left out', () => {
  expect(firstRows(x, 1)).toEqual({ shape: [1, 4, 3], data: x.data.slice(0, 12) });
  expect(firstRows(x, 5)).toEqual(x);
});
