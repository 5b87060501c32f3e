import { describe, expect, it } from 'vitest';
import { numpyRandom } from './numpy-random.js';

const times = <Value>(count: number, draw: () => Value) => Array.from({ length: count }, draw);

describe('NumpyRandom', () => {
  it('draws what numpy.random.RandomState(7) draws (numbers printed by NumPy 2.4)', () => {
    const random = numpyRandom(7);
    expect(times(3, () => random.double())).toEqual([0.07630828937395717, 0.7799187922401146, 0.4384092314408935]);
    expect(times(8, () => random.integer(5, 17))).toEqual([12, 12, 14, 12, 13, 14, 15, 15]);
    expect(times(2, () => random.integer(0, 1))).toEqual([0, 0]);
    expect(times(2, () => random.integer(0, 2 ** 31 - 1))).toEqual([68334472, 2146978983]);
    expect(random.uniform(-2, 3)).toBe(0.6388239741038526);
    const normal = times(3, () => random.normal(7, 0.5));
    [6.809456427454833, 7.415419931258475, 7.805559814751511].forEach((value, i) => {
      expect(normal[i]).toBeCloseTo(value, 14);
    });
    expect(random.double()).toBe(0.6723172732412332);
  });

  it('an empty range is refused', () => {
    expect(() => numpyRandom(0).integer(3, 3)).toThrow('[3, 3)');
  });

  it('shuffles as numpy.random.RandomState(0).shuffle(arange(10)) does', () => {
    const values = Uint8Array.from({ length: 10 }, (_, i) => i);
    numpyRandom(0).shuffle(values);
    expect([...values]).toEqual([2, 8, 4, 9, 1, 6, 7, 3, 0, 5]);
  });
});
