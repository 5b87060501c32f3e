import type { SampleRequest } from '@vjepa/video';

/** One pass over the index in some order: a permutation of 0..length-1, a function of the epoch alone. */
export type EpochOrder = (epoch: number) => Int32Array;

/**
 * The samples of a training step: batch `step` of the endless stream of passes over the index. Batches do not stop at
 * the end of a pass, so every video is seen equally often whatever the batch size (the reference drops the last, short
 * batch of each pass).
 *
 * A sample's own randomness (window, crop, flip) is seeded by `(epoch, draw)`, so a step's batch is a function of
 * (seed, step), whoever decodes it and when.
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
export function rememberOrder(order: EpochOrder): EpochOrder {
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
