import { mixtureOrder } from '../sampling/mixture-order.js';
import { requireInteger, requireWeights } from '../sampling/order-settings.js';
import { firstVideos, type ShardOrderSettings, shardRandom } from './shard-order.js';
import { shuffled, throughBuffer } from './shuffle-buffer.js';

/** Shards, weights, buffer, seed and epoch of an order of samples. */
export interface ShardMixtureOrderSettings extends Omit<ShardOrderSettings, 'shards'> {
  /** Number of videos in each shard of each data set; the videos of all shards are numbered one after another. */
  datasets: readonly (readonly number[])[];
  /** Relative weight of each data set: the probability that a draw comes from it, after normalisation. */
  weights: readonly number[];
  /** Draws per epoch over all processes; made up to a multiple of their number. Default: as many as there are videos. */
  draws?: number | undefined;
}

/**
 * The order in which one process visits the videos of several data sets of tar shards in one epoch: each draw takes a
 * data set by its weight (as `mixtureOrder` does), and from it the next video of its shards, which are read in random
 * order, each from its beginning to its end, and all over again when they are through. The shuffle buffer holds videos
 * of all data sets. So reading stays nearly sequential in each, and a small data set is through once before a video of
 * it comes again.
 *
 * An epoch begins at any video of a data set, not at a shard's first: those of a large data set of which an epoch reads
 * but a part are all equally likely.
 *
 * @returns ceil(draws / worldSize) indices
 * @throws RangeError naming the setting that is out of range; for a data set with fewer shards than processes
 */
export function shardMixtureOrder(settings: ShardMixtureOrderSettings): Int32Array {
  const { datasets, weights, bufferSize, seed, epoch, rank = 0, worldSize = 1 } = settings;
  requireInteger('bufferSize', bufferSize, 1);
  const lengths = datasets.map((shards) => shards.reduce((sum, count) => sum + count, 0));
  requireWeights(lengths, weights);
  const chosen = mixtureOrder({
    datasetLengths: datasets.map(() => 1),
    datasetWeights: weights,
    draws: settings.draws ?? lengths.reduce((sum, length) => sum + length, 0),
    ...{ seed, epoch, rank, worldSize },
  });
  const starts = firstVideos(lengths);
  const readers = datasets.map((shards, d) => {
    const firsts = firstVideos(shards);
    const order = shuffled(shards.length, shardRandom(seed, epoch, 0, d)).filter((_, i) => i % worldSize === rank);
    const mine = order.map((shard) => ({ first: starts[d]! + firsts[shard]!, count: shards[shard]! }));
    return roundAndRound(mine, (length) => {
      if (length > 0) return shardRandom(seed, epoch, rank + 1, d).integer(0, length);
      throw new RangeError(
        `data set ${d} has ${shards.length} shards for ${worldSize} processes, expected one with videos for each: cut it into more, or give it no weight`,
      );
    });
  });
  function* drawn(): Generator<number> {
    for (const dataset of chosen) yield readers[dataset]!.next().value;
  }
  return Int32Array.from(throughBuffer(drawn(), bufferSize, shardRandom(seed, epoch, rank + 1)));
}

/**
 * The numbers of the ranges one after another, without an end.
 *
 * @param begin how many are passed over at first, of so many
 */
function* roundAndRound(
  ranges: readonly { first: number; count: number }[],
  begin: (length: number) => number,
): Generator<number, never> {
  let passed = begin(ranges.reduce((sum, { count }) => sum + count, 0));
  for (;;) {
    for (const { first, count } of ranges) {
      for (let i = passed; i < count; i++) yield first + i;
      passed = Math.max(0, passed - count);
    }
  }
}
