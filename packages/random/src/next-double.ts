import type { RandomGenerator } from './random-generator.js';

/**
 * The next uniform double in [0, 1) with 53 random bits, made of two words.
 * Both NumPy's legacy generator and Python's `random` draw their doubles this way.
 */
export function nextDouble(random: RandomGenerator): number {
  const high = random.nextUint32() >>> 5;
  const low = random.nextUint32() >>> 6;
  return (high * 0x4000000 + low) / 0x20000000000000;
}
