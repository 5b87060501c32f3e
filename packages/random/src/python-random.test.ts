import { describe, expect, it } from 'vitest';
import { pythonRandom } from './python-random.js';

const times = <Value>(count: number, draw: () => Value) => Array.from({ length: count }, draw);

describe('PythonRandom', () => {
  it('draws what random.seed(7) draws (numbers printed by Python 3.11)', () => {
    const random = pythonRandom(7);
    expect(random.double()).toBe(0.32383276483316237);
    expect(random.uniform(-2, 3)).toBe(-1.2457541303774904);
    expect(times(8, () => random.integer(3, 19))).toEqual([4, 5, 6, 14, 4, 19, 9, 4]);
    const normal = times(3, () => random.normal(7, 0.5));
    [7.446324322328312, 7.267553608026137, 7.037101828515341].forEach((value, i) => {
      expect(normal[i]).toBeCloseTo(value, 14);
    });
    expect(random.choice(times(25, () => 0).map((_, i) => i))).toBe(1);
    expect(random.nextUint32()).toBe(3551302831);
  });

  it('seeds above 2^32 and zero', () => {
    expect(pythonRandom(2 ** 40 + 5).double()).toBe(0.5043802970418443);
    expect(pythonRandom(0).double()).toBe(0.8444218515250481);
  });

  it('randint draws words even when only one value is possible', () => {
    const random = pythonRandom(3);
    expect(random.integer(5, 5)).toBe(5);
    expect(random.double()).toBe(0.5926409106271656);
  });
});
