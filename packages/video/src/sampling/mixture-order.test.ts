import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { mixtureOrder } from './mixture-order.js';

/** The first digits of the SHA-256 of the indices as little-endian int32. */
const digest = (order: Int32Array) => createHash('sha256').update(order).digest('hex').slice(0, 16);

describe('mixtureOrder', () => {
  // p = numpy.repeat(weights / lengths, lengths); p /= numpy.sum(p)
  // numpy.random.default_rng(epoch).choice(len(p), size=draws, p=p), of NumPy 2.4
  it.each([
    [[4000, 6000], [0.25, 0.75], 0, 10_000, [7095, 4158, 655, 264, 8506, 9302], '294f53122f5712bd'],
    [[4000, 6000], [0.25, 0.75], 1, 10_000, [6094, 9603, 2306, 9589, 4494, 5386], 'bce2f292f3b75884'],
    [[71_234], [1], 9, 71_234, [61991, 20431, 42964, 55386, 51008, 65206], 'adb00a9e4e2fc3b0'],
    [[7, 71_234, 4097], [0, 3, 1], 2 ** 32 + 5, 50_000, [71637, 44715, 66100, 72331, 51099, 49139], 'bb4769792d89cdb4'],
    [
      [30_000, 0, 1, 40_000],
      [0.3, 0, 0.4, 0.3],
      42,
      20_000,
      [39861, 30000, 51147, 30000, 9417, 66750],
      '1742d11156ac6ea8',
    ],
    // A thousandth of the published mixture of five data sets.
    [
      [168, 733, 1100, 19_000, 1000],
      [0.056, 0.188, 0.318, 0.188, 0.25],
      3,
      50_000,
      [283, 872, 21206, 4038, 316, 1555],
      '823fb33ca773694a',
    ],
    // Where sums are not rounded as NumPy rounds them, two of these draws are others.
    [
      [700_000, 200_000, 1_200_000],
      [0.335, 0.1, 0.565],
      4,
      300_000,
      [1979057, 1062111, 2049544, 168911, 1266065, 782973],
      'ac11224ab82e2f02',
    ],
  ])(
    'lengths %o, weights %o, epoch %d: the draws of NumPy',
    (datasetLengths, datasetWeights, epoch, draws, first, all) => {
      const order = mixtureOrder({ datasetLengths, datasetWeights, epoch, draws });
      expect([...order.slice(0, 6)]).toEqual(first);
      expect(digest(order)).toBe(all);
    },
  );

  it('draws data sets by their weights: shares of 10,000 clips within a standard error', () => {
    const order = mixtureOrder({ datasetLengths: [900, 100], datasetWeights: [0.25, 0.75], draws: 10_000 });
    const share = order.filter((index) => index >= 900).length / order.length;
    expect(Math.abs(share - 0.75)).toBeLessThan(Math.sqrt((0.25 * 0.75) / 10_000));
  });

  it('weights are relative, and every sample of a data set is drawn about equally often', () => {
    const order = mixtureOrder({ datasetLengths: [4, 36, 5], datasetWeights: [9, 1, 0], draws: 200_000 });
    const counts = new Array(45).fill(0);
    for (const index of order) counts[index]++;
    for (const count of counts.slice(0, 4)) expect(count / 45_000).toBeCloseTo(1, 1);
    for (const count of counts.slice(4, 40)) expect(Math.abs(count / (20_000 / 36) - 1)).toBeLessThan(0.2);
    expect(counts.slice(40)).toEqual([0, 0, 0, 0, 0]);
  });

  it('is the same on every call, one of as many draws as samples, and another in each epoch', () => {
    const settings = { datasetLengths: [50, 30], datasetWeights: [1, 1] };
    const order = mixtureOrder(settings);
    expect(mixtureOrder(settings)).toEqual(order);
    expect(order.length).toBe(80);
    expect(mixtureOrder({ ...settings, epoch: 1 })).not.toEqual(order);
    expect(mixtureOrder({ ...settings, epoch: 3 })).toEqual(mixtureOrder({ ...settings, epoch: 1, seed: 2 }));
  });

  it('deals the draws out among ranks, as many as all ranks take', () => {
    const settings = { datasetLengths: [3, 5], datasetWeights: [1, 3], epoch: 5 };
    const shares = [0, 1, 2].map((rank) => [...mixtureOrder({ ...settings, rank, worldSize: 3 })]);
    // choice(8, size=9, p=p)[rank::3]: the ninth draw is a new one, none is repeated.
    expect(shares).toEqual([
      [6, 3, 4],
      [6, 0, 0],
      [4, 3, 0],
    ]);
    expect(() => mixtureOrder({ ...settings, rank: 3, worldSize: 3 })).toThrow(
      'rank must be below worldSize 3, found 3',
    );
  });

  it.each([
    [[1], [1, 1], 'found 2 weights for 1 data sets'],
    [[], [], 'found 0 weights for 0 data sets'],
    [[1], [-1], 'the weight of data set 0 must be a number of at least 0, found -1'],
    [[1, 1], [1, Number.NaN], 'the weight of data set 1 must be a number of at least 0, found NaN'],
    [[0], [1], 'the length of data set 0 must be an integer of at least 1, found 0'],
    [[3, 4], [0, 0], 'at least one data set needs a weight above 0'],
  ])('lengths %o with weights %o are refused', (datasetLengths, datasetWeights, message) => {
    expect(() => mixtureOrder({ datasetLengths, datasetWeights })).toThrow(message);
  });
});
