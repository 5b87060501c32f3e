import { numpyGenerator } from '@vjepa/random';
import { requireInteger, requireRank, requireWeights } from './order-settings.js';
import { pairwiseSum } from './pairwise-sum.js';

/** Lengths, weights and epoch of an order of samples. */
export interface MixtureOrderSettings {
  /** Number of samples of each data set; the data sets are indexed one after the other. */
  datasetLengths: readonly number[];
  /** Relative weight of each data set: the probability that a draw comes from it, after normalisation. */
  datasetWeights: readonly number[];
  /** Which pass over the data; each has its own draws. Default 0. */
  epoch?: number | undefined;
  /** The draws are those of `numpy.random.default_rng(seed + epoch)`; V-JEPA 2's seed is 0, the default. */
  seed?: number | undefined;
  /** Draws per epoch over all ranks; made up to a multiple of their number. Default: the sum of the lengths. */
  draws?: number | undefined;
  /** This process among all, 0..worldSize - 1. Default 0. */
  rank?: number | undefined;
  /** Number of processes. Default 1. */
  worldSize?: number | undefined;
}

/**
 * The sample indices one process visits in one epoch of a mixture of data sets, as V-JEPA 2 draws them, number for
 * number: independently, with replacement, each sample with its data set's weight divided by that data set's length.
 * Every rank computes the same draws and takes every worldSize-th from its rank on.
 *
 * V-JEPA 2 draws anew when its loader has come to the end, with the number of the training epoch it is in then; equal
 * draws therefore need that number as `epoch`.
 *
 * @returns ceil(draws / worldSize) indices
 * @throws RangeError naming the setting that is out of range
 */
export function mixtureOrder(settings: MixtureOrderSettings): Int32Array {
  const { datasetLengths, datasetWeights, epoch = 0, seed = 0, rank = 0, worldSize = 1 } = settings;
  requireWeights(datasetLengths, datasetWeights);
  requireRank(rank, worldSize);
  requireInteger('epoch', epoch, 0);
  requireInteger('seed', seed, 0);
  const draws = settings.draws ?? datasetLengths.reduce((sum, length) => sum + length, 0);
  requireInteger('draws', draws, 0);
  const share = Math.ceil(draws / worldSize);
  const drawn = numpyGenerator(seed + epoch).choice(
    share * worldSize,
    sampleProbabilities(datasetLengths, datasetWeights),
  );
  return worldSize === 1 ? drawn : Int32Array.from({ length: share }, (_, i) => drawn[rank + i * worldSize]!);
}

/** The chance of each sample, a group for each data set, rounded as NumPy rounds `weights / numpy.sum(weights)`. */
function sampleProbabilities(lengths: readonly number[], weights: readonly number[]) {
  const groups = lengths.map((count, d) => ({ count, value: weights[d]! / count })).filter(({ count }) => count > 0);
  const total = pairwiseSum(groups);
  return groups.map(({ count, value }) => ({ count, probability: value / total }));
}
