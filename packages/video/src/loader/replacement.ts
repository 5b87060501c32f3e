import { NumpyRandom, stream } from '@vjepa/random';

/** Sets replacement draws apart from the streams of the sample itself. */
const REPLACEMENT = 0x7265706c;

/**
 * The video that stands in for a bad one: uniformly random, a function of (seed, epoch, draw, attempt) alone, so that
 * it does not depend on workers or timing.
 *
 * @param attempt 1 for the first replacement, 2 when that one is bad too, …
 */
export function replacementIndex(seed: number, epoch: number, draw: number, attempt: number, videos: number): number {
  return new NumpyRandom(stream([seed, epoch, draw], REPLACEMENT, attempt)).integer(0, videos);
}
