import type { RandomGenerator } from './random-generator.js';

/** Uniform in [low, high): 24 random bits of one word. */
export function uniform(random: RandomGenerator, low: number, high: number): number {
  return low + (high - low) * ((random.nextUint32() & 0xffffff) / 0x1000000);
}

/** An integer in 0..count - 1, each equally likely: words that would favour the small ones are drawn again. */
export function uniformInteger(random: RandomGenerator, count: number): number {
  const allowed = 0x100000000 - (0x100000000 % count);
  let word: number;
  do word = (random.nextUint32() ^ 0x80000000) >>> 0;
  while (word >= allowed);
  return word % count;
}

/** A uniform permutation of 0..length - 1 (Fisher and Yates, from the last down). */
export function permutation(random: RandomGenerator, length: number): number[] {
  const order = Array.from({ length }, (_, position) => position);
  for (let last = length - 1; last > 0; last--) {
    const other = uniformInteger(random, last + 1);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

/** One element, uniformly. */
export function choose<Value>(random: RandomGenerator, values: readonly Value[]): Value {
  return values[uniformInteger(random, values.length)]!;
}
