import { type Dataset, namesShards } from '@vjepa/benchmarks';
import {
  mixtureOrder,
  type SampleRequest,
  sampleOrder,
  shardMixtureOrder,
  shardOrder,
  weightedSampleOrder,
} from '@vjepa/video';

/** One pass over the index in some order, a function of the pass's number alone. */
export type EpochOrder = (epoch: number) => Int32Array;

export interface DataOrderSettings {
  /** The entries that the data sets were read from. */
  videos: readonly string[];
  /** Chance of each entry; undefined: every video equally often. */
  weights: readonly number[] | undefined;
  /** Weighted draws of lists: from the seed (default), or V-JEPA 2's own, which depend on the number of the pass alone. */
  weighting?: 'seeded' | 'vjepa2' | undefined;
  /** Videos of tar shards that are held back to be drawn from. */
  shuffleBuffer: number;
  seed: number;
}

/**
 * The order in which a run visits its videos: a new permutation for each pass, or, with `weights`, independent draws, a
 * data set by its weight and then one of its videos. Tar shards are read one after the other, in random order, through
 * a shuffle buffer; with `weights` those of each data set.
 */
export function datasetOrder(settings: DataOrderSettings, datasets: readonly Dataset[]): EpochOrder {
  const { videos, weights, weighting = 'seeded', shuffleBuffer: bufferSize, seed } = settings;
  // A weight is that of an entry, however many lists, folders or shards it stands for.
  const counts: number[][] = videos.map(() => []);
  for (const { entry, videos } of datasets) counts[entry]!.push(videos.length);
  if (videos.every(namesShards)) {
    return rememberOrder((epoch) =>
      weights
        ? shardMixtureOrder({ datasets: counts, weights, bufferSize, seed, epoch })
        : shardOrder({ shards: counts.flat(), bufferSize, seed, epoch }),
    );
  }
  const datasetLengths = counts.map(sum);
  if (!weights) return rememberOrder((epoch) => sampleOrder({ length: sum(datasetLengths), epoch, seed }));
  const mixture = { datasetLengths, datasetWeights: weights };
  return rememberOrder((epoch) =>
    weighting === 'vjepa2' ? mixtureOrder({ ...mixture, epoch }) : weightedSampleOrder({ ...mixture, epoch, seed }),
  );
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/**
 * The samples of a training step, counted from 0: batch `step` of the endless stream of passes over the index. Batches
 * do not stop at the end of a pass, so every video is seen equally often whatever the batch size (the reference drops
 * the last, short batch of each pass).
 *
 * A sample's own randomness (window, crop, flip) is seeded by its pass and its place in it, so a step's batch is a
 * function of (seed, step), whoever decodes it and when.
 */
export function stepSamples(order: EpochOrder, length: number, batchSize: number, step: number): SampleRequest[] {
  return Array.from({ length: batchSize }, (_, i) => {
    const position = step * batchSize + i;
    const epoch = Math.floor(position / length);
    const draw = position % length;
    return { index: order(epoch)[draw]!, epoch, draw };
  });
}

/** `order`, remembering the two newest passes: a permutation of millions is drawn once, not once a sample. */
function rememberOrder(order: EpochOrder): EpochOrder {
  const known = new Map<number, Int32Array>();
  return (epoch) => {
    let found = known.get(epoch);
    if (!found) {
      found = order(epoch);
      if (known.size >= 2) known.delete(Math.min(...known.keys()));
      known.set(epoch, found);
    }
    return found;
  };
}
