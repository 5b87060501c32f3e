import { describe, expect, it } from 'vitest';
import { xoroshiroStream } from './xoroshiro-stream.js';

describe('xoroshiroStream', () => {
  it('draws what it always drew: a generated benchmark is a function of its seed', () => {
    // Recorded.
    const words = (seed: number, stream: number, index: number) => {
      const random = xoroshiroStream(seed, stream, index);
      return Array.from({ length: 4 }, () => random.nextUint32());
    };
    expect(words(0, 0, 0)).toEqual([2842502407, 2847573679, 2451619306, 120123438]);
    expect(words(1, 2, 3)).toEqual([4107913154, 365620522, 1084333581, 2993722753]);
    expect(words(-5, 0x105507, -1)).toEqual([1462171846, 3430691190, 3203980571, 1750101292]);
    expect(words(234, 1, 99_999)).toEqual([290118251, 424336754, 339257480, 3945276248]);
  });
});
