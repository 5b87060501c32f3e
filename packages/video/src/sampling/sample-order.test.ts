import { describe, expect, it } from 'vitest';
import { sampleOrder, weightedSampleOrder } from './sample-order.js';

describe('sampleOrder', () => {
  it('is torch.randperm seeded with seed + epoch', () => {
    const expected = [4, 1, 7, 5, 3, 9, 0, 8, 6, 2];
    expect([...sampleOrder({ length: 10 })]).toEqual(expected);
    expect([...sampleOrder({ length: 10, epoch: 3 })]).not.toEqual(expected);
    expect([...sampleOrder({ length: 10, epoch: 3 })]).toEqual([...sampleOrder({ length: 10, seed: 3 })]);
  });

  it('ranks take every worldSize-th entry of the order, padded by wrapping around', () => {
    const share = (rank: number) => [...sampleOrder({ length: 10, rank, worldSize: 4 })];
    expect([0, 1, 2, 3].map(share)).toEqual([
      [4, 3, 6],
      [1, 9, 2],
      [7, 0, 4],
      [5, 8, 1],
    ]);
  });

  it('more ranks than samples wrap around more than once', () => {
    const all = Array.from({ length: 5 }, (_, rank) => [
      ...sampleOrder({ length: 2, shuffle: false, rank, worldSize: 5 }),
    ]);
    expect(all).toEqual([[0], [1], [0], [1], [0]]);
  });

  it('without padding every sample counts exactly once', () => {
    const all = [0, 1, 2, 3].flatMap((rank) => [...sampleOrder({ length: 10, rank, worldSize: 4, padding: 'none' })]);
    expect(all.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('an empty data set has an empty order', () => {
    expect(sampleOrder({ length: 0 }).length).toBe(0);
  });

  it('a rank outside the world is refused', () => {
    expect(() => sampleOrder({ length: 4, rank: 2, worldSize: 2 })).toThrow('rank must be below worldSize 2, found 2');
  });
});

describe('weightedSampleOrder', () => {
  it('draws data sets by weight, with replacement', () => {
    const order = weightedSampleOrder({ datasetLengths: [4, 36, 5], datasetWeights: [9, 1, 0], draws: 200_000 });
    const fromFirst = order.filter((index) => index < 4).length;
    expect(fromFirst / order.length).toBeCloseTo(0.9, 2);
    expect(order.every((index) => index < 40)).toBe(true);
    expect(new Set(order).size).toBe(40);
  });

  it('is deterministic, differs between epochs, and is shared out among ranks', () => {
    const settings = { datasetLengths: [5, 5], datasetWeights: [0.5, 0.5] };
    const whole = [...weightedSampleOrder(settings)];
    expect([...weightedSampleOrder(settings)]).toEqual(whole);
    expect([...weightedSampleOrder({ ...settings, epoch: 1 })]).not.toEqual(whole);
    expect([...weightedSampleOrder({ ...settings, rank: 1, worldSize: 2 })]).toEqual(
      whole.filter((_, i) => i % 2 === 1),
    );
  });

  it('a data set of one sample works', () => {
    expect([...weightedSampleOrder({ datasetLengths: [1], datasetWeights: [1], draws: 3 })]).toEqual([0, 0, 0]);
  });

  it.each([
    [[1], [1, 1], 'found 2 weights for 1 data sets'],
    [[1], [-1], 'weight of data set 0'],
    [[0], [1], 'length of data set 0'],
    [[3], [0], 'above 0'],
  ])('lengths %o with weights %o are refused', (datasetLengths, datasetWeights, message) => {
    expect(() => weightedSampleOrder({ datasetLengths, datasetWeights })).toThrow(message);
  });
});
