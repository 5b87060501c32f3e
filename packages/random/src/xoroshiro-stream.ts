import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from './random-generator.js';

/** Enough steps for neighbouring keys to have unrelated outputs. */
const WARM_UP = 32;
const GOLDEN = 0x9e3779b1;

/**
 * A light generator (xoroshiro128+, four words of state against the Mersenne twister's 624) that is a function of three
 * 32-bit integers and nothing else. Different keys give different states, so two samples never share their draws. The
 * generated benchmark's videos are drawn from it, hundreds of thousands of short streams.
 */
export function xoroshiroStream(seed: number, stream: number, index: number): RandomGenerator {
  const random = xoroshiro128plusFromState([scramble(seed), scramble(stream), scramble(index), 0x6a09e667]);
  for (let step = 0; step < WARM_UP; step++) random.next();
  return { nextUint32: () => random.next() >>> 0 };
}

/** A bijection of 32-bit integers that spreads small ones: odd multiples (of the golden ratio's bits) and shifts. */
function scramble(value: number): number {
  let word = Math.imul(value | 0, GOLDEN);
  for (let round = 0; round < 3; round++) word = Math.imul(word ^ (word >>> 15), GOLDEN);
  return word;
}
