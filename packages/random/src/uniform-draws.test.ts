import { describe, expect, it } from 'vitest';
import { mersenneTwister } from './mersenne-twister.js';
import { choose, permutation, uniform, uniformInteger } from './uniform-draws.js';
import { xoroshiroStream } from './xoroshiro-stream.js';

describe('draws without a model', () => {
  it('are what they always were: a generated benchmark is a function of its seed', () => {
    // Recorded.
    const random = xoroshiroStream(7, 1, 2);
    expect(uniform(random, 0, 1)).toBe(0.4208930730819702);
    expect(uniform(random, -14, 14)).toBe(-1.8479945659637451);
    expect(uniform(random, 0.85, 1.15)).toBe(0.9266773998737334);
    expect(permutation(random, 10)).toEqual([7, 0, 9, 1, 8, 3, 6, 2, 4, 5]);
    expect(choose(random, ['a', 'b', 'c', 'd', 'e'])).toBe('d');
    expect(permutation(random, 3)).toEqual([0, 1, 2]);
    expect(permutation(random, 1)).toEqual([0]);
    expect(permutation(random, 2)).toEqual([1, 0]);
  });

  it('give each of a few integers equally often', () => {
    const random = mersenneTwister(1);
    const counts = new Array<number>(7).fill(0);
    for (let draw = 0; draw < 70_000; draw++) counts[uniformInteger(random, 7)]! += 1;
    for (const count of counts) expect(Math.abs(count / 10_000 - 1)).toBeLessThan(0.04);
  });

  it('draw a word again that would favour the small integers', () => {
    // 2^32 = 3 · 1431655765 + 1: the last word (2^32 - 1, told from 2^31 - 1 by its first bit) has no third fellow.
    const words = [0x7fffffff, 0x80000001];
    expect(uniformInteger({ nextUint32: () => words.shift()! }, 3)).toBe(1);
    expect(words).toEqual([]);
  });
});
