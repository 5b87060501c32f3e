import { describe, expect, it } from 'vitest';
import { shardMixtureOrder } from './shard-mixture-order.js';

const rise = (length: number, first = 0) => Array.from({ length }, (_, i) => first + i);

describe('shardMixtureOrder', () => {
  const two = {
    datasets: [
      [30, 20, 50],
      [200, 100, 100, 50, 450],
    ],
    weights: [0.75, 0.25],
    bufferSize: 10,
    seed: 1,
  };

  it('draws data sets by their weights: shares of 10,000 clips within a standard error', () => {
    const order = shardMixtureOrder({ ...two, epoch: 0, draws: 10_000 });
    const share = order.filter((video) => video < 100).length / order.length;
    expect(order.length).toBe(10_000);
    expect(Math.abs(share - 0.75)).toBeLessThan(Math.sqrt((0.25 * 0.75) / 10_000));
  });

  it('is the same on every call, one of as many draws as videos, and another in each epoch', () => {
    const order = shardMixtureOrder({ ...two, epoch: 3 });
    expect(shardMixtureOrder({ ...two, epoch: 3 })).toEqual(order);
    expect(order.length).toBe(1000);
    expect(shardMixtureOrder({ ...two, epoch: 4 })).not.toEqual(order);
  });

  it('a small data set is through before a video of it comes again', () => {
    const order = [...shardMixtureOrder({ ...two, bufferSize: 1, epoch: 0 })].filter((video) => video < 100);
    for (const begin of [0, 100, 200, 300]) {
      expect(order.slice(begin, begin + 100).sort((a, b) => a - b)).toEqual(rise(100));
    }
  });

  it('without a buffer, the shards of each data set are read from front to back', () => {
    const order = [...shardMixtureOrder({ ...two, bufferSize: 1, epoch: 0 })].filter((video) => video >= 100);
    const jumps = order.filter((video, i) => i > 0 && video !== order[i - 1]! + 1).length;
    expect(order.length).toBeGreaterThan(200);
    expect(jumps).toBeLessThan(5);
  });

  it('videos of one shard, of which an epoch reads but a part, are all drawn about equally often', () => {
    const counts = new Array(50).fill(0);
    for (const epoch of rise(1000)) {
      const order = shardMixtureOrder({ datasets: [[50], [20]], weights: [0.2, 0.8], bufferSize: 4, seed: 2, epoch });
      for (const video of order) if (video < 50) counts[video]++;
    }
    // 1000 * 70 * 0.2 draws of 50 videos: 280 of each, and 17 its deviation were they independent.
    for (const count of counts) expect(Math.abs(count - 280)).toBeLessThan(5 * 17);
  });

  it('every process draws from shards of its own, as often as the others', () => {
    const ranks = [0, 1].map((rank) => [...shardMixtureOrder({ ...two, epoch: 0, rank, worldSize: 2 })]);
    expect(ranks.map(({ length }) => length)).toEqual([500, 500]);
    const [first, second] = ranks.map((order) => new Set(order));
    expect([...first!].filter((video) => second!.has(video))).toEqual([]);
    expect(() => shardMixtureOrder({ ...two, epoch: 0, rank: 3, worldSize: 4 })).toThrow(
      'data set 0 has 3 shards for 4 processes, expected one with videos for each',
    );
  });

  it('a data set without a weight is never read, be it empty', () => {
    const order = shardMixtureOrder({ ...two, datasets: [[40], []], weights: [2, 0], epoch: 0 });
    expect([...order].sort((a, b) => a - b)).toEqual(rise(40));
  });

  it.each([
    [{ weights: [1] }, 'found 1 weights for 2 data sets'],
    [{ weights: [1, -1] }, 'the weight of data set 1 must be a number of at least 0, found -1'],
    [{ weights: [0, 0] }, 'at least one data set needs a weight above 0'],
    [{ datasets: [[4], [0]] }, 'the length of data set 1 must be an integer of at least 1, found 0'],
    [{ bufferSize: 0 }, 'bufferSize must be an integer of at least 1, found 0'],
  ])('%o is refused', (wrong, message) => {
    expect(() => shardMixtureOrder({ ...two, epoch: 0, ...wrong })).toThrow(message);
  });
});
