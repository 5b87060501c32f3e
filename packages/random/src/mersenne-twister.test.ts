import { describe, expect, it } from 'vitest';
import { mersenneTwister, mersenneTwisterFromKey } from './mersenne-twister.js';

const words = (random: { nextUint32(): number }, count: number) =>
  Array.from({ length: count }, () => random.nextUint32());

describe('mersenneTwister', () => {
  it('gives the words of init_genrand (numpy.random.RandomState(1234))', () => {
    expect(words(mersenneTwister(1234), 3)).toEqual([822569775, 2137449171, 2671936806]);
  });

  it('gives the published MT19937 sequence for seed 5489', () => {
    const sequence = words(mersenneTwister(5489), 10_000);
    expect(sequence[0]).toBe(3499211612);
    // The 10,000th word with the default seed, as the C++ standard requires of std::mt19937.
    expect(sequence[9_999]).toBe(4123659995);
  });

  it('counts seeds modulo 2^32', () => {
    expect(mersenneTwister(2 ** 32 + 7).nextUint32()).toBe(mersenneTwister(7).nextUint32());
    expect(mersenneTwister(-1).nextUint32()).toBe(mersenneTwister(2 ** 32 - 1).nextUint32());
  });

  it('refuses a seed that is not an integer', () => {
    expect(() => mersenneTwister(0.5)).toThrow('seed is 0.5, expected an integer');
  });
});

describe('mersenneTwisterFromKey', () => {
  it('gives the words of init_by_array (first outputs published with mt19937ar.c)', () => {
    expect(words(mersenneTwisterFromKey([0x123, 0x234, 0x345, 0x456]), 5)).toEqual([
      1067595299, 955945823, 477289528, 4107218783, 4228976476,
    ]);
  });

  it('refuses an empty key, and words that are no non-negative integers', () => {
    expect(() => mersenneTwisterFromKey([])).toThrow('found none');
    expect(() => mersenneTwisterFromKey([1, -1])).toThrow('found -1');
  });
});
