import { mersenne } from 'pure-rand/generator/mersenne';
import type { RandomGenerator } from './random-generator.js';

/**
 * MT19937 seeded the Knuth way (`init_genrand`), which is what both `torch.manual_seed(seed)` on the CPU and numpy's
 * `RandomState(seed)` do with an integer seed.
 *
 * @param seed any integer; only its value modulo 2^32 counts
 */
export function mersenneTwister(seed: number): RandomGenerator {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`seed is ${seed}, expected an integer: pass a whole number such as 234`);
  }
  const generator = mersenne(modulo32(seed));
  return { nextUint32: () => generator.next() >>> 0 };
}

/** `seed mod 2^32` as a non-negative number; `>>> 0` alone would do, but says less about seeds beyond 32 bits. */
function modulo32(seed: number): number {
  return ((seed % 0x1_0000_0000) + 0x1_0000_0000) % 0x1_0000_0000;
}
