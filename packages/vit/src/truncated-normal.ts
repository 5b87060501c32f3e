import type { RandomGenerator } from './random-generator.js';

// P. J. Acklam's rational approximation of the normal quantile; relative error below 1.2e-9, far under float32.
const CENTRAL_NUMERATOR = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
];
const CENTRAL_DENOMINATOR = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
];
const TAIL_NUMERATOR = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const TAIL_DENOMINATOR = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
const TAIL = 0.02425;

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (const coefficient of coefficients) value = value * x + coefficient;
  return value;
}

/** The x with P(X < x) = p for a standard normal X; 0 < p < 1. */
export function normalQuantile(p: number): number {
  if (p < TAIL) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(TAIL_NUMERATOR, q) / polynomial(TAIL_DENOMINATOR, q);
  }
  if (p > 1 - TAIL) return -normalQuantile(1 - p);
  const q = p - 0.5;
  const r = q * q;
  return (q * polynomial(CENTRAL_NUMERATOR, r)) / polynomial(CENTRAL_DENOMINATOR, r);
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
