import { mersenneTwisterFromKey } from './mersenne-twister.js';
import { nextDouble } from './next-double.js';
import type { RandomGenerator } from './random-generator.js';

/**
 * Draws as Python's `random` module makes them from its words, so that a stream seeded as `random.seed(n)` gives
 * Python's numbers.
 */
export class PythonRandom implements RandomGenerator {
  readonly #source: RandomGenerator;
  #spareNormal: number | undefined;

  constructor(source: RandomGenerator) {
    this.#source = source;
  }

  nextUint32(): number {
    return this.#source.nextUint32();
  }

  /** `random.random()`: uniform in [0, 1), 53 bits. */
  double(): number {
    return nextDouble(this.#source);
  }

  /** `random.uniform(low, high)`. */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.double();
  }

  /**
   * `random.randint(low, high)`: an integer in low..high, both inclusive. Words are drawn even when only one value is
   * possible.
   *
   * @throws RangeError when high < low, or the range has 2³² values or more
   */
  integer(low: number, high: number): number {
    const count = high - low + 1;
    if (!(count >= 1 && count <= 0xffffffff)) {
      throw new RangeError(`cannot draw an integer from [${low}, ${high}]: expected low <= high < low + 2^32 - 1`);
    }
    const shift = Math.clz32(count);
    let value: number;
    do value = this.#source.nextUint32() >>> shift;
    while (value >= count);
    return low + value;
  }

  /** `random.choice(items)`. */
  choice<Item>(items: readonly Item[]): Item {
    return items[this.integer(0, items.length - 1)]!;
  }

  /** `random.gauss(mean, standardDeviation)`: Box and Muller's method; every second draw is the first one's spare. */
  normal(mean = 0, standardDeviation = 1): number {
    return mean + this.#standardNormal() * standardDeviation;
  }

  #standardNormal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    const angle = this.double() * 2 * Math.PI;
    const radius = Math.sqrt(-2 * Math.log(1 - this.double()));
    this.#spareNormal = Math.sin(angle) * radius;
    return Math.cos(angle) * radius;
  }
}

/** The generator of `random.seed(seed)` for a non-negative integer seed. */
export function pythonRandom(seed: number): PythonRandom {
  const high = Math.floor(seed / 0x100000000);
  return new PythonRandom(mersenneTwisterFromKey(high > 0 ? [seed % 0x100000000, high] : [seed]));
}
