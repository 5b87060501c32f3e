import { describe, expect, it } from 'vitest';
import { torchRandom } from './torch-random.js';

describe('TorchRandom', () => {
  it('permutation is torch.randperm (10 values, seed 0)', () => {
    expect([...torchRandom(0).permutation(10)]).toEqual([4, 1, 7, 5, 3, 9, 0, 8, 6, 2]);
  });

  it('float is torch.rand (seed 0)', () => {
    const random = torchRandom(0);
    for (const value of [0.4963, 0.7682, 0.0885, 0.132]) expect(random.float()).toBeCloseTo(value, 4);
  });

  it('fillNormal is torch.randn for 16 values and more (seed 0)', () => {
    const values = torchRandom(0).fillNormal(new Float32Array(16));
    [-1.1258, -1.1524, -0.2506, -0.4339, 0.8487, 0.692, -0.316, -2.1152].forEach((value, i) => {
      expect(values[i]).toBeCloseTo(value, 4);
    });
  });

  it('fillNormal has mean 0 and variance 1, also where the length is no multiple of 16', () => {
    const values = torchRandom(5).fillNormal(new Float32Array(20_009));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
    expect(values.at(-1)).not.toBe(0);
  });
});
