import { expect, it } from 'vitest';
import { pairwiseSum } from './pairwise-sum.js';

// numpy.sum(numpy.concatenate([numpy.full(count, value), …])), printed by NumPy 2.4; one by one, in order, other sums result.
it.each([
  [[[0.1, 3]], 0.30000000000000004],
  [
    [
      [0.1, 7],
      [0.3, 5],
    ],
    2.2,
  ],
  [[[0.1, 128]], 12.800000000000002],
  [[[0.1, 129]], 12.899999999999999],
  [
    [
      [0.1, 1000],
      [1e-9, 1],
      [0.7, 3333],
    ],
    2433.1000000010004,
  ],
  [
    [
      [0.056 / 168_000, 168_000],
      [0.944 / 733_001, 733_001],
    ],
    1.0,
  ],
])('%o', (groups, expected) => {
  expect(pairwiseSum(groups.map(([value, count]) => ({ value: value!, count: count! })))).toBe(expected);
});

it('of nothing is 0', () => {
  expect(pairwiseSum([])).toBe(0);
});
