import { expect, it } from 'vitest';
import { mersenneTwister } from './mersenne-twister.js';

it('seed 5489 gives the published MT19937 sequence', () => {
  const random = mersenneTwister(5489);
  const words = Array.from({ length: 10_000 }, () => random.nextUint32());
  expect(words[0]).toBe(3499211612);
  // The 10,000th word with the default seed, as the C++ standard requires of std::mt19937.
  expect(words[9_999]).toBe(4123659995);
});

it('seeds count modulo 2^32', () => {
  expect(mersenneTwister(2 ** 32 + 7).nextUint32()).toBe(mersenneTwister(7).nextUint32());
  expect(mersenneTwister(-1).nextUint32()).toBe(mersenneTwister(2 ** 32 - 1).nextUint32());
});

it('a seed that is not an integer is refused', () => {
  expect(() => mersenneTwister(0.5)).toThrow('seed is 0.5, expected an integer');
});
