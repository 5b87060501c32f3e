import { mersenneTwisterFromKey, NumpyRandom } from '@vjepa/random';
import { requireInteger, requireRank } from '../sampling/order-settings.js';
import { shuffled, throughBuffer } from './shuffle-buffer.js';

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
  requireInteger('bufferSize', bufferSize, 1);
  requireRank(rank, worldSize);
  const firsts = firstVideos(shards);
  const mine = shuffled(shards.length, shardRandom(seed, epoch, 0)).filter((_, i) => i % worldSize === rank);
  const sequence = mine.flatMap((shard) => Array.from({ length: shards[shard]! }, (_, i) => firsts[shard]! + i));
  return Int32Array.from(throughBuffer(sequence, bufferSize, shardRandom(seed, epoch, rank + 1)));
}

/** Number of the first video of each shard. */
export function firstVideos(shards: readonly number[]): number[] {
  let first = 0;
  return shards.map((count) => {
    first += count;
    return first - count;
  });
}

/** Draws of one epoch; `uses` keep what they are for apart. */
export function shardRandom(seed: number, epoch: number, ...uses: readonly number[]): NumpyRandom {
  return new NumpyRandom(mersenneTwisterFromKey([seed, epoch, 0x73686172, ...uses]));
}
