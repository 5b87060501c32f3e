import { describe, expect, it } from 'vitest';
import { mersenneTwister } from './mersenne-twister.js';
import { stepStream, stream } from './stream.js';

describe('stream', () => {
  it('draws what it always drew: runs that were begun with it are resumed with it', () => {
    // Recorded. Three uses of a place, as the clip loader's numpy, python and torch draws.
    const uses = (...counters: number[]) => [0, 1, 2].map((use) => stream(counters, use).nextUint32());
    expect(uses(0, 0, 0)).toEqual([2955441414, 3117843855, 4190476088]);
    expect(uses(3, 1, 2)).toEqual([1936044445, 897972775, 3352146902]);
    expect(uses(2 ** 40 + 5, 7, 2 ** 33)).toEqual([772063522, 1341611300, 734264644]);
  });

  it('differs from place to place and from use to use', () => {
    const first = new Set<number>();
    for (let seed = 0; seed < 8; seed++) {
      for (let epoch = 0; epoch < 8; epoch++) {
        for (let use = 0; use < 8; use++) first.add(stream([seed, epoch], use).nextUint32());
      }
    }
    expect(first.size).toBe(512);
    expect(stream([2 ** 32], 0).nextUint32()).not.toBe(stream([0], 0).nextUint32());
  });

  it('refuses what is no non-negative integer', () => {
    expect(() => stream([0, -1], 0)).toThrow('found -1');
    expect(() => stream([0, 0.5], 0)).toThrow('found 0.5');
  });
});

describe('stepStream', () => {
  it('draws what it always drew: runs that were begun with it are resumed with it', () => {
    // Recorded: the 32-bit seeds of (seed, step).
    const seeds = [
      [0, 0, 2612203797],
      [0, 1, 208551461],
      [234, 0, 884491239],
      [234, 90_000, 2707178277],
      [-1, 5, 3594140939],
      [2 ** 31, 7, 759271542],
    ] as const;
    for (const [seed, step, hashed] of seeds) {
      expect(stepStream(seed, step).nextUint32()).toBe(mersenneTwister(hashed).nextUint32());
    }
  });

  it('differs from step to step and seed to seed', () => {
    const first = new Set(
      [0, 1, 234].flatMap((seed) => Array.from({ length: 1000 }, (_, step) => stepStream(seed, step).nextUint32())),
    );
    expect(first.size).toBe(3000);
  });
});
