import type { Dataset } from '@vjepa/benchmarks';
import { mixtureOrder, shardMixtureOrder, shardOrder } from '@vjepa/video';
import { describe, expect, it } from 'vitest';
import { type DataOrderSettings, datasetOrder } from './data-order.js';

const dataset = (entry: number, count: number): Dataset => ({
  file: `${entry}`,
  entry,
  videos: Array.from({ length: count }, (_, i) => ({
    path: `${entry}/${i}.mp4`,
    label: -1,
    file: `${entry}`,
    line: i + 1,
  })),
});
const settings: Omit<DataOrderSettings, 'videos'> = { weights: [0.25, 0.75], shuffleBuffer: 5, seed: 9 };

describe('datasetOrder', () => {
  // The first entry stands for two lists, or shards.
  const datasets = [dataset(0, 300), dataset(0, 100), dataset(1, 600)];

  it("draws weighted lists as V-JEPA 2 does, whatever the run's seed; a weight is that of an entry", () => {
    const of = { ...settings, videos: ['a{1,2}.csv', 'b.csv'], weighting: 'vjepa2' as const };
    const order = datasetOrder(of, datasets);
    expect(order(2)).toEqual(mixtureOrder({ datasetLengths: [400, 600], datasetWeights: [0.25, 0.75], epoch: 2 }));
    expect(datasetOrder({ ...of, seed: 10 }, datasets)(2)).toEqual(order(2));
  });

  it('draws weighted lists from the seed otherwise, by the same weights', () => {
    const of = { ...settings, videos: ['a{1,2}.csv', 'b.csv'] };
    const order = datasetOrder(of, datasets)(0);
    const share = order.filter((index) => index >= 400).length / order.length;
    expect(Math.abs(share - 0.75)).toBeLessThan(3 * Math.sqrt((0.25 * 0.75) / 1000));
    expect(datasetOrder({ ...of, seed: 10 }, datasets)(0)).not.toEqual(order);
  });

  it('reads tar shards by the weights of their entries, and without weights one after the other', () => {
    const of = { ...settings, videos: ['a{1,2}.tar', 'b.tar'] };
    const order = { bufferSize: 5, seed: 9, epoch: 1 };
    expect(datasetOrder(of, datasets)(1)).toEqual(
      shardMixtureOrder({ ...order, datasets: [[300, 100], [600]], weights: [0.25, 0.75] }),
    );
    expect(datasetOrder({ ...of, weights: undefined }, datasets)(1)).toEqual(
      shardOrder({ ...order, shards: [300, 100, 600] }),
    );
  });
});
