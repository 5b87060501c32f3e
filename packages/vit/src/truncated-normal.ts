import type { RandomGenerator } from '@vjepa/random';

/** Below this probability, and above 1 minus it, the quantile has an approximation of its own. */
const TAIL = 0.02425;

/**
 * The x with P(X < x) = p for a standard normal X; 0 < p < 1.
 *
 * P. J. Acklam's rational approximation; relative error below 1.2e-9, far under float32. Written out, because a model
 * has hundreds of millions of weights to draw.
 */
export function normalQuantile(p: number): number {
  if (p < TAIL) return lowerTailQuantile(p);
  if (p > 1 - TAIL) return -lowerTailQuantile(1 - p);
  const q = p - 0.5;
  const r = q * q;
  const numerator =
    ((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
    2.506628277459239;
  const denominator =
    ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
    1;
  return (q * numerator) / denominator;
}

function lowerTailQuantile(p: number): number {
  const q = Math.sqrt(-2 * Math.log(p));
  const numerator =
    ((((-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q +
      4.374664141464968) *
      q +
    2.938163982698783;
  const denominator =
    (((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1;
  return numerator / denominator;
}

/**
 * Fills an array with normal values of the given standard deviation by inverting the distribution function on a
 * uniform draw of 24 bits.
 *
 * The reference truncates at an absolute +-2, a hundred standard deviations away, and so turns a uniform draw of
 * exactly -1 (one in 2^24) into a weight of -2. Here that draw is drawn again; every value stays within 5.5 standard
 * deviations.
 */
export function fillTruncatedNormal(out: Float32Array, standardDeviation: number, random: RandomGenerator): void {
  for (let i = 0; i < out.length; i++) {
    let draw = 0;
    while (draw === 0) draw = random.nextUint32() >>> 8;
    out[i] = standardDeviation * normalQuantile(draw / 0x1000000);
  }
}
