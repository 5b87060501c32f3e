import { mersenneTwisterFromKey, NumpyRandom } from '@vjepa/random';

/** Shards, buffer, seed and epoch of an order of samples. */
export interface ShardOrderSettings {
  /** Number of videos in each shard; the videos of all shards are numbered one after another. */
  shards: readonly number[];
  /** Videos held back to be drawn from; 1: the shards' own order. */
  bufferSize: number;
  seed: number;
  epoch: number;
  /** This process and how many there are; whole shards are dealt out. Default 0 of 1. */
  rank?: number | undefined;
  worldSize?: number | undefined;
}

/**
 * The order in which one process visits the videos of tar shards in one epoch: shards in random order, each read from
 * its beginning to its end, through a shuffle buffer of `bufferSize` videos. Reading stays nearly sequential, which
 * is what disks and networks are good at. Each video occurs once over all processes.
 */
export function shardOrder(settings: ShardOrderSettings): Int32Array {
  const { shards, bufferSize, seed, epoch, rank = 0, worldSize = 1 } = settings;
  if (!Number.isInteger(bufferSize) || bufferSize < 1) {
    throw new RangeError(`bufferSize must be an integer of at least 1, found ${bufferSize}`);
  }
  if (!(rank >= 0 && rank < worldSize)) throw new RangeError(`rank must be in 0..${worldSize - 1}, found ${rank}`);
  const firsts = shards.map((_, i) => shards.slice(0, i).reduce((sum, count) => sum + count, 0));
  const mine = shuffled(shards.length, generator(seed, epoch, 0)).filter((_, i) => i % worldSize === rank);
  const sequence = mine.flatMap((shard) => Array.from({ length: shards[shard]! }, (_, i) => firsts[shard]! + i));
  return Int32Array.from(throughBuffer(sequence, bufferSize, generator(seed, epoch, rank + 1)));
}

function generator(seed: number, epoch: number, stream: number): NumpyRandom {
  return new NumpyRandom(mersenneTwisterFromKey([seed, epoch, 0x73686172, stream]));
}

function shuffled(length: number, random: NumpyRandom): number[] {
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = random.integer(0, i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function* throughBuffer(sequence: number[], bufferSize: number, random: NumpyRandom): Generator<number> {
  const buffer: number[] = [];
  for (const item of sequence) {
    if (buffer.length < bufferSize) {
      buffer.push(item);
      continue;
    }
    const i = random.integer(0, bufferSize);
    yield buffer[i]!;
    buffer[i] = item;
  }
  for (const i of shuffled(buffer.length, random)) yield buffer[i]!;
}
