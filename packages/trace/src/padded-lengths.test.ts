import { expect, it } from 'vitest';
import { PaddedLengths } from './padded-lengths.js';

it('has room for the lengths it is given, in multiples of 8', () => {
  expect(new PaddedLengths().fit([96, 190, 3])).toEqual([112, 216, 8]);
});

it('takes the smallest sizes that fit, and makes new ones no smaller than the old', () => {
  const lengths = new PaddedLengths();
  const first = lengths.fit([64, 64]);
  expect(first).toEqual([72, 72]);
  expect(lengths.fit([72, 10])).toBe(first);
  const second = lengths.fit([8, 100]);
  expect(second).toEqual([72, 120]);
  expect(lengths.fit([1, 72])).toBe(first);
  expect(lengths.fit([1, 73])).toBe(second);
});

it('makes six sets of sizes for a length that doubles', () => {
  const lengths = new PaddedLengths();
  const sets = new Set(Array.from({ length: 513 }, (_, i) => lengths.fit([512 + i])));
  expect(sets.size).toBe(6);
});
