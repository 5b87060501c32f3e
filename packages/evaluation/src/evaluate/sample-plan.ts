import { type SampleRequest, sampleOrder } from '@vjepa/video';

/**
 * The batches of one training epoch over some samples of a set: every one once, the last batch as short as it comes.
 *
 * @param samples positions in the set
 * @param settings.reshuffle false gives every epoch the order of the first, as the reference has it
 */
export function trainingPlan(
  samples: ArrayLike<number>,
  settings: { epoch: number; batchSize: number; seed: number; reshuffle: boolean },
): SampleRequest[][] {
  const { epoch, batchSize, seed, reshuffle } = settings;
  const order = sampleOrder({ length: samples.length, epoch: reshuffle ? epoch : 0, seed });
  const requests = Array.from(order, (place, draw) => ({ index: samples[place]!, epoch, draw }));
  return inBatches(requests, batchSize);
}

/** Every sample of a set once, in its order. */
export function everySample(count: number, batchSize: number): SampleRequest[][] {
  return inBatches(
    Array.from({ length: count }, (_, index) => ({ index, epoch: 0, draw: index })),
    batchSize,
  );
}

/** Items in groups of one size, the last as short as it comes. */
export function inBatches<T>(items: readonly T[], size: number): T[][] {
  const batches: T[][] = [];
  for (let start = 0; start < items.length; start += size) batches.push(items.slice(start, start + size));
  return batches;
}
