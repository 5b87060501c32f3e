/** Room that a new set of sizes leaves above the lengths it is made for: most lengths to come fit without another. */
const ROOM = 1.125;

/** Sizes are multiples of this, which matrix products like. */
const MULTIPLE = 8;

/**
 * Few sets of sizes for many sets of lengths. Each new set is at least as large as the one before in every length, so
 * that there are soon no more new ones: a length that doubles makes six.
 */
export class PaddedLengths {
  readonly #sets: number[][] = [];

  /** The smallest set of sizes made so far that holds all lengths, or a new one. */
  fit(lengths: readonly number[]): readonly number[] {
    const fitting = this.#sets.find((sizes) => lengths.every((length, i) => length <= sizes[i]!));
    if (fitting !== undefined) return fitting;
    const largest = this.#sets.at(-1) ?? [];
    const sizes = lengths.map((length, i) => {
      const old = largest[i] ?? 0;
      return length <= old ? old : Math.ceil((length * ROOM) / MULTIPLE) * MULTIPLE;
    });
    this.#sets.push(sizes);
    return sizes;
  }
}
