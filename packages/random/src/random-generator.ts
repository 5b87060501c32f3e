/**
 * A source of uniformly distributed 32-bit words. Whatever draws takes one, so that what it draws is a function of the
 * generator's seed and of nothing else.
 */
export interface RandomGenerator {
  /** The next word, an integer in 0..2³² - 1. */
  nextUint32(): number;
}
