import { Choice, type ChoiceGroup } from './choice.js';
import { Pcg64 } from './pcg64.js';
import type { RandomGenerator } from './random-generator.js';

/**
 * Draws as NumPy's `Generator` makes them from PCG64: another generator, other draws than those of the legacy
 * `RandomState` (`NumpyRandom`).
 */
export class NumpyGenerator implements RandomGenerator {
  readonly #source: Pcg64;

  constructor(source: Pcg64) {
    this.#source = source;
  }

  nextUint32(): number {
    return this.#source.nextUint32();
  }

  /** `random()`: uniform in [0, 1), 53 bits. */
  double(): number {
    return this.#source.nextDouble();
  }

  /**
   * `choice(n, size, p=p)`: indices in 0..n - 1, drawn independently, with replacement.
   *
   * @param size how many are drawn
   * @param probabilities p of every index, or of groups of neighbouring indices that are equally likely, which takes
   *   neither time nor memory for each index. As to NumPy they must sum to 1, to some eight digits
   * @throws RangeError for probabilities that are none, and more than 2³¹ indices
   */
  choice(size: number, probabilities: readonly number[] | readonly ChoiceGroup[]): Int32Array {
    const groups = probabilities.map((given) => (typeof given === 'number' ? { count: 1, probability: given } : given));
    const choice = new Choice(groups);
    const indices = new Int32Array(size);
    for (let i = 0; i < size; i++) indices[i] = choice.at(this.double());
    return indices;
  }
}

/**
 * The generator of `numpy.random.default_rng(seed)`.
 *
 * @param seed an integer in 0..2⁵³ - 1
 * @throws RangeError for any other seed
 */
export function numpyGenerator(seed: number): NumpyGenerator {
  return new NumpyGenerator(new Pcg64(seed));
}
