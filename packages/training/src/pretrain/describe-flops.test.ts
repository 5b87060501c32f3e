import { describe, expect, it } from 'vitest';
import { describeFlops } from './describe-flops.js';

describe('describeFlops', () => {
  it('has the unit that fits, and the share of a peak that is known', () => {
    expect(describeFlops(92.44e9)).toBe('92.4 GFLOP/s');
    expect(describeFlops(316e12, 316 / 989)).toBe('316 TFLOP/s, 32 % of the peak');
  });
});
