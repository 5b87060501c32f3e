import { tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeDifference } from './all-close.js';
import { useBackend } from './backends.js';

describe('toBeAllClose', () => {
  beforeAll(() => useBackend('cpu'));

  it('takes lists, typed arrays, host tensors and tensors', () => {
    const expected = [
      [1, 2],
      [3, 4],
    ];
    expect(expected).toBeAllClose(expected);
    expect(Float32Array.of(1, 2, 3, 4)).toBeAllClose(expected);
    expect({ shape: [2, 2], data: BigInt64Array.of(1n, 2n, 3n, 4n) }).toBeAllClose(expected);
    expect(tensor2d(expected)).toBeAllClose(expected);
    expect([Float32Array.of(1, 2), [3, 4]]).toBeAllClose(tensor2d(expected));
    expect(1 + 1e-6).toBeAllClose(1);
  });

  it('says where the largest difference is', () => {
    const found = {
      shape: [2, 3],
      data: [1, 2, 3, 4, 5.5, 6.25],
    };
    expect(() =>
      expect(found).toBeAllClose(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        { atol: 0.1 },
      ),
    ).toThrow('2 of 6 values are not within 0.1\nlargest difference 0.500 at [1, 1]: found 5.5, expected 5');
  });

  it('measures relatively to each value by default, by 1e-5', () => {
    expect([1e6 + 9]).toBeAllClose([1e6]);
    expect([1e6 + 11, 1e-6]).not.toBeAllClose([1e6, 1e-6]);
    expect(describeDifference([1, 2e-5], [1, 1e-5], {})).toContain('1 of 2 values are not within 0.00001 |expected|');
    expect([1, 2e-5]).toBeAllClose([1, 1e-5], { ofLargest: 1e-4 });
    expect([1.1]).toBeAllClose([1], { rtol: 0.05, atol: 0.06 });
  });

  it('refuses another shape, and only another length of an array that has none', () => {
    expect(describeDifference([[1, 2]], [[1], [2]], {})).toBe('shape [1, 2], expected [2, 1]');
    expect(describeDifference([1, 2], Float32Array.of(1), {})).toBe('2 values, expected 1');
    expect(() => describeDifference([[1, 2], [3]], [[1, 2]], {})).toThrow('a list of [2] and [1]');
  });

  it('finds NaN close to nothing, an infinity to itself', () => {
    expect([Number.POSITIVE_INFINITY]).toBeAllClose([Number.POSITIVE_INFINITY]);
    expect([Number.NEGATIVE_INFINITY]).not.toBeAllClose([Number.POSITIVE_INFINITY], { rtol: 1 });
    expect(describeDifference([Number.NaN, 3, 1, Number.NaN], [Number.NaN, 1, 1, 1], { atol: 1 })).toBe(
      [
        '3 of 4 values are not within 1',
        'largest difference 2.00 at [1]: found 3, expected 1',
        '2 with NaN, the first at [0]: found NaN, expected NaN',
      ].join('\n'),
    );
  });
});
