import { mersenneTwisterFromKey, NumpyRandom } from '../sampling/index.js';

/** Sets replacement draws apart from the streams of the sample itself. */
const REPLACEMENT_STREAM = 0x7265706c;

/**
 * The video that stands in for a bad one: uniformly random, a function of (seed, epoch, draw, attempt) alone, so that
 * it does not depend on workers or timing.
 *
 * @param attempt 1 for the first replacement, 2 when that one is bad too, …
 */
export function replacementIndex(seed: number, epoch: number, draw: number, attempt: number, videos: number): number {
  const key = [seed, epoch, draw].flatMap((value) => [value % 2 ** 32, Math.floor(value / 2 ** 32)]);
  return new NumpyRandom(mersenneTwisterFromKey([...key, REPLACEMENT_STREAM, attempt])).integer(0, videos);
}
