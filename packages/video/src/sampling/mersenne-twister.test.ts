import { expect, it } from 'vitest';
import { mersenneTwister, mersenneTwisterFromKey } from './mersenne-twister.js';

const words = (random: { nextUint32(): number }, count: number) =>
  Array.from({ length: count }, () => random.nextUint32());

it('gives the words of init_genrand (numpy.random.RandomState(1234))', () => {
  expect(words(mersenneTwister(1234), 3)).toEqual([822569775, 2137449171, 2671936806]);
});

it('gives the words of init_by_array (first outputs published with mt19937ar.c)', () => {
  expect(words(mersenneTwisterFromKey([0x123, 0x234, 0x345, 0x456]), 5)).toEqual([
    1067595299, 955945823, 477289528, 4107218783, 4228976476,
  ]);
});

it('a seed must be a non-negative integer', () => {
  expect(() => mersenneTwister(-1)).toThrow('found -1');
  expect(() => mersenneTwister(0.5)).toThrow('found 0.5');
  expect(() => mersenneTwisterFromKey([])).toThrow('found none');
});
