import { numpyRandom, torchRandom } from '@vjepa/random';
import { requireInteger, requireRank, requireWeights } from './order-settings.js';

/** Length, seed and epoch of an order of samples. */
export interface SampleOrderSettings {
  /** Number of samples in the data set. */
  length: number;
  /** Which pass over the data; each has its own order. Default 0. */
  epoch?: number | undefined;
  /** Shuffle, or keep the order of the data set. Default true. */
  shuffle?: boolean | undefined;
  /** This process among all, 0..worldSize - 1. Default 0. */
  rank?: number | undefined;
  /** Number of processes. Default 1. */
  worldSize?: number | undefined;
  /** The order is that of `torch.randperm` seeded with seed + epoch; the reference's seed is 0, the default. */
  seed?: number | undefined;
  /**
   * Where the length is no multiple of the world size: `'repeat'` (default; the reference) wraps around so that every
   * rank gets equally many; `'none'` gives the first ranks one more, so that every sample counts exactly once.
   */
  padding?: 'repeat' | 'none' | undefined;
}

/**
 * The sample indices one process visits in one epoch. Every rank computes the same global order and takes every
 * worldSize-th entry from its rank on.
 *
 * @throws RangeError naming the setting that is out of range
 */
export function sampleOrder(settings: SampleOrderSettings): Int32Array {
  const { length, epoch = 0, shuffle = true, seed = 0 } = settings;
  requireInteger('length', length, 0);
  requireInteger('seed', seed, 0);
  const order = shuffle ? torchRandom(seed + epoch).permutation(length) : Int32Array.from({ length }, (_, i) => i);
  return rankShare(order, settings);
}

/** Weights, length, seed and epoch of an order of samples. */
export interface WeightedSampleOrderSettings extends Omit<SampleOrderSettings, 'length' | 'shuffle'> {
  /** Number of samples of each data set; the data sets are indexed one after the other. */
  datasetLengths: readonly number[];
  /** Relative weight of each data set: the probability that a draw comes from it, after normalisation. */
  datasetWeights: readonly number[];
  /** Draws per epoch over all ranks. Default: the sum of the lengths. */
  draws?: number | undefined;
}

/**
 * The sample indices one process visits in one epoch when data sets are weighted: independent draws *with*
 * replacement, a data set by its weight and then one of its samples uniformly.
 *
 * The reference draws every sample once, without replacement, and then shuffles, so that its weights have no effect on
 * how often a sample is seen; for that behaviour leave the weights out and use `sampleOrder`.
 *
 * @throws RangeError naming the setting that is out of range
 */
export function weightedSampleOrder(settings: WeightedSampleOrderSettings): Int32Array {
  const { datasetLengths, datasetWeights, epoch = 0, seed = 0 } = settings;
  requireWeights(datasetLengths, datasetWeights);
  const starts = runningSums(datasetLengths);
  const cumulativeWeights = runningSums(datasetWeights);
  const totalWeight = cumulativeWeights.at(-1)!;
  const draws = settings.draws ?? starts.at(-1)!;
  requireInteger('draws', draws, 0);
  requireInteger('seed', seed, 0);
  const random = numpyRandom(seed + epoch);
  const order = new Int32Array(draws);
  for (let i = 0; i < draws; i++) {
    const point = random.double() * totalWeight;
    const dataset = datasetWeights.findLastIndex((weight, d) => weight > 0 && point >= cumulativeWeights[d]!);
    order[i] = random.integer(starts[dataset]!, starts[dataset + 1]!);
  }
  return rankShare(order, settings);
}

/** Every worldSize-th entry from the rank on, of the order padded as asked. */
function rankShare(
  order: Int32Array,
  { rank = 0, worldSize = 1, padding = 'repeat' }: Pick<SampleOrderSettings, 'rank' | 'worldSize' | 'padding'>,
): Int32Array {
  requireRank(rank, worldSize);
  const total = padding === 'repeat' ? Math.ceil(order.length / worldSize) * worldSize : order.length;
  const share = new Int32Array(Math.max(0, Math.ceil((total - rank) / worldSize)));
  for (let i = 0; i < share.length; i++) share[i] = order[(rank + i * worldSize) % order.length]!;
  return share;
}

function runningSums(values: readonly number[]): number[] {
  const sums = [0];
  for (const value of values) sums.push(sums.at(-1)! + value);
  return sums;
}
