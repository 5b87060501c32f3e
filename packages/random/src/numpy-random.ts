import { mersenneTwister } from './mersenne-twister.js';
import { nextDouble } from './next-double.js';
import type { RandomGenerator } from './random-generator.js';

/**
 * Draws as NumPy's legacy `RandomState` makes them from its words, so that a stream seeded as `numpy.random.seed(n)`
 * gives NumPy's numbers.
 */
export class NumpyRandom implements RandomGenerator {
  readonly #source: RandomGenerator;
  #spareNormal: number | undefined;

  constructor(source: RandomGenerator) {
    this.#source = source;
  }

  nextUint32(): number {
    return this.#source.nextUint32();
  }

  /** `random_sample()`: uniform in [0, 1), 53 bits. */
  double(): number {
    return nextDouble(this.#source);
  }

  /** `uniform(low, high)`: uniform in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.double();
  }

  /**
   * `randint(low, high)`: an integer in low..high - 1, by masked rejection. When only one value is possible no word
   * is drawn.
   *
   * @throws RangeError when high <= low, or the range has more than 2³² values
   */
  integer(low: number, high: number): number {
    const largest = high - 1 - low;
    if (!(largest >= 0 && largest <= 0xffffffff)) {
      throw new RangeError(`cannot draw an integer from [${low}, ${high}): expected low < high <= low + 2^32`);
    }
    if (largest === 0) return low;
    const mask = 0xffffffff >>> Math.clz32(largest);
    let value: number;
    do value = (this.#source.nextUint32() & mask) >>> 0;
    while (value > largest);
    return low + value;
  }

  /** `shuffle(values)`: in place, Fisher and Yates from the last element down. */
  shuffle(values: Uint8Array): void {
    for (let last = values.length - 1; last > 0; last--) {
      const other = this.integer(0, last + 1);
      const value = values[last]!;
      values[last] = values[other]!;
      values[other] = value;
    }
  }

  /** `normal(mean, standardDeviation)`: Marsaglia's polar method; every second draw is the first one's spare. */
  normal(mean = 0, standardDeviation = 1): number {
    return mean + standardDeviation * this.#standardNormal();
  }

  #standardNormal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    let x: number;
    let y: number;
    let squared: number;
    do {
      x = 2 * this.double() - 1;
      y = 2 * this.double() - 1;
      squared = x * x + y * y;
    } while (squared >= 1 || squared === 0);
    const factor = Math.sqrt((-2 * Math.log(squared)) / squared);
    this.#spareNormal = factor * x;
    return factor * y;
  }
}

/** The generator of `numpy.random.seed(seed)` or `numpy.random.RandomState(seed)`. */
export function numpyRandom(seed: number): NumpyRandom {
  return new NumpyRandom(mersenneTwister(seed));
}
