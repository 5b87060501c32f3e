import { type Comparison, tolerance } from './comparison.js';

/**
 * What of a model's comparisons holds when its products are in bfloat16: losses, within 1 %. Gradients and features of
 * the fixtures' tiny random models are too small beside bfloat16's rounding to be compared one by one.
 */
export function bfloat16Losses(comparisons: readonly Comparison[]): Comparison[] {
  return comparisons
    .filter(({ name }) => /^step\d+\.loss(_|$)/.test(name))
    .map((comparison) => ({
      ...comparison,
      tolerance: tolerance.bfloat16Loss,
      passed: comparison.difference <= tolerance.bfloat16Loss,
    }));
}
