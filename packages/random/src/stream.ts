import { mersenneTwister, mersenneTwisterFromKey } from './mersenne-twister.js';
import type { RandomGenerator } from './random-generator.js';

/**
 * The generator of one place in a run: a function of the integers given and of nothing else, never of timing, worker or
 * rank. A run that was interrupted draws what one that never stopped would have. Different places share no stream: all
 * bits of all integers enter the state (`init_by_array`).
 *
 * @param counters where: the run's seed, then what is counted in it, such as epoch and draw; integers in 0..2⁵³ - 1
 * @param uses what for: integers in 0..2³² - 1 that keep the uses of one place apart
 * @throws RangeError for a counter or a use that is no non-negative integer
 */
export function stream(counters: readonly number[], ...uses: readonly number[]): RandomGenerator {
  return mersenneTwisterFromKey([...counters.flatMap(words), ...uses]);
}

/**
 * The generator of a training step: a Mersenne twister whose seed is a hash of (seed, step) (the finaliser of
 * MurmurHash3), so that neighbouring steps share no stream. The masks of pretraining and the draws of fine-tuning come
 * from it; only 2³² streams exist, so what needs more of them takes {@link stream}.
 *
 * @param seed any integer; only its value modulo 2³² counts
 */
export function stepStream(seed: number, step: number): RandomGenerator {
  return mersenneTwister(hash(seed, step));
}

function hash(seed: number, step: number): number {
  let h = Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(step + 1, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The low and the high 32 bits. */
function words(counter: number): [number, number] {
  if (!Number.isSafeInteger(counter) || counter < 0) {
    throw new RangeError(`what a stream is counted by must be non-negative integers, found ${counter}`);
  }
  return [counter % 0x100000000, Math.floor(counter / 0x100000000)];
}
