/**
 * A stream of 32-bit words. Every sampler takes one, so that a mask is a function of the stream's seed and of nothing
 * else.
 */
export interface RandomGenerator {
  /** The next word, an integer in [0, 2^32). */
  nextUint32(): number;
}
