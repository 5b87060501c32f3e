/** @throws RangeError unless every data set has a weight of at least 0, and one with videos has one above 0 */
export function requireWeights(lengths: readonly number[], weights: readonly number[]): void {
  if (lengths.length !== weights.length || lengths.length === 0) {
    throw new RangeError(
      `datasetWeights must hold one weight per data set: found ${weights.length} weights for ${lengths.length} data sets`,
    );
  }
  for (const [i, weight] of weights.entries()) {
    if (!(weight >= 0 && Number.isFinite(weight))) {
      throw new RangeError(`the weight of data set ${i} must be a number of at least 0, found ${weight}`);
    }
    requireInteger(`the length of data set ${i}`, lengths[i]!, weight > 0 ? 1 : 0);
  }
  if (!weights.some((weight) => weight > 0)) throw new RangeError('at least one data set needs a weight above 0');
}

/** @throws RangeError for a process that is not among them all */
export function requireRank(rank: number, worldSize: number): void {
  requireInteger('worldSize', worldSize, 1);
  requireInteger('rank', rank, 0);
  if (rank >= worldSize) throw new RangeError(`rank must be below worldSize ${worldSize}, found ${rank}`);
}

export function requireInteger(name: string, value: number, minimum: number): void {
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new RangeError(`${name} must be an integer of at least ${minimum}, found ${value}`);
  }
}
