import type { RandomGenerator } from './random-generator.js';

/** Shuffles in place with the draws of numpy's legacy `RandomState.shuffle`: Fisher–Yates from the last element down. */
export function numpyShuffle(values: Uint8Array, random: RandomGenerator): void {
  for (let last = values.length - 1; last > 0; last--) {
    const other = maskedRejection(random, last);
    const value = values[last]!;
    values[last] = values[other]!;
    values[other] = value;
  }
}

/** An integer in [0, maximum]: words cut to as many bits as `maximum` has, until one is not above it. */
function maskedRejection(random: RandomGenerator, maximum: number): number {
  const bits = 2 ** (32 - Math.clz32(maximum)) - 1;
  let value: number;
  do {
    value = (random.nextUint32() & bits) >>> 0;
  } while (value > maximum);
  return value;
}
