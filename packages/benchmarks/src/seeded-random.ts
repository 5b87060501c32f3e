import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** Enough steps for neighbouring keys to have unrelated outputs. */
const WARM_UP = 32;
const GOLDEN = 0x9e3779b1;

/**
 * A generator that is a function of three integers and nothing else. Different keys give different states, so two
 * samples never share their draws (128 bits of state, one word per part of the key).
 */
export function seededRandom(seed: number, stream: number, index: number): RandomGenerator {
  const random = xoroshiro128plusFromState([scramble(seed), scramble(stream), scramble(index), 0x6a09e667]);
  for (let step = 0; step < WARM_UP; step++) random.next();
  return random;
}

/** Uniform in [low, high). */
export function uniform(random: RandomGenerator, low: number, high: number): number {
  return low + (high - low) * uniformFloat32(random);
}

/** A uniform permutation of 0..length-1 (Fisher–Yates). */
export function permutation(random: RandomGenerator, length: number): number[] {
  const order = Array.from({ length }, (_, position) => position);
  for (let last = length - 1; last > 0; last--) {
    const other = uniformInt(random, 0, last);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

/** One element, uniformly. */
export function choose<T>(random: RandomGenerator, values: readonly T[]): T {
  return values[uniformInt(random, 0, values.length - 1)]!;
}

/** A bijection of 32-bit integers that spreads small ones: odd multiples (of the golden ratio's bits) and shifts. */
function scramble(value: number): number {
  let word = Math.imul(value | 0, GOLDEN);
  for (let round = 0; round < 3; round++) word = Math.imul(word ^ (word >>> 15), GOLDEN);
  return word;
}
