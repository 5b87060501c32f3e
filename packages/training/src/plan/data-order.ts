import { type Dataset, namesShards } from '@vjepa/benchmarks';
import { type SampleRequest, sampleOrder, shardOrder, weightedSampleOrder } from '@vjepa/video';

/** One pass over the index in some order, a function of the pass's number alone. */
export type EpochOrder = (epoch: number) => Int32Array;

export interface DataOrderSettings {
  /** The entries that the data sets were read from. */
  videos: readonly string[];
  /** Chance of each entry; undefined: every video equally often. */
  weights: readonly number[] | undefined;
  /** Videos of tar shards that are held back to be drawn from. */
  shuffleBuffer: number;
  seed: number;
}

/**
 * The order in which a run visits its videos: a new permutation for each pass, or, with `weights`, independent draws, a
 * data set by its weight and then one of its videos. Tar shards are read one after the other, in random order, through
 * a shuffle buffer.
 */
export function datasetOrder(settings: DataOrderSettings, datasets: readonly Dataset[]): EpochOrder {
  const { videos, weights, shuffleBuffer: bufferSize, seed } = settings;
  if (videos.every(namesShards)) {
    const order = { shards: datasets.map(({ videos }) => videos.length), bufferSize, seed };
    return rememberOrder((epoch) => shardOrder({ ...order, epoch }));
  }
  // A weight is that of an entry, however many lists or folders it stands for.
  const datasetLengths = videos.map(() => 0);
  for (const { entry, videos } of datasets) datasetLengths[entry]! += videos.length;
  const length = datasetLengths.reduce((sum, count) => sum + count, 0);
  return rememberOrder((epoch) =>
    weights
      ? weightedSampleOrder({ datasetLengths, datasetWeights: weights, epoch, seed })
      : sampleOrder({ length, epoch, seed }),
  );
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
