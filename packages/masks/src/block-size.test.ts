import { expect, it } from 'vitest';
import { blockSize } from './block-size.js';
import { grid224, longRange, shortRange } from './official-masks.fixture.js';

const asTuple = (settings: typeof shortRange, call: number) => Object.values(blockSize(grid224, settings, call));

it('the first calls draw the sizes of the reference', () => {
  expect([0, 1, 2, 3, 4, 5].map((call) => asTuple(shortRange, call))).toEqual([
    [8, 5, 6],
    [8, 6, 5],
    [8, 6, 5],
    [8, 5, 5],
    [8, 5, 6],
    [8, 6, 5],
  ]);
  expect([0, 1, 2, 3, 4, 5].map((call) => asTuple(longRange, call))).toEqual([
    [8, 11, 13],
    [8, 12, 11],
    [8, 13, 11],
    [8, 11, 12],
    [8, 11, 13],
    [8, 14, 10],
  ]);
});

it('3000 calls draw each size as often as the reference', () => {
  const counts = (settings: typeof shortRange) => {
    const found: Record<string, number> = {};
    for (let call = 0; call < 3000; call++) {
      const { height, width } = blockSize(grid224, settings, call);
      found[`${height}x${width}`] = (found[`${height}x${width}`] ?? 0) + 1;
    }
    return found;
  };
  expect(counts(shortRange)).toEqual({ '6x5': 1524, '5x6': 843, '5x5': 350, '7x4': 179, '6x4': 104 });
  expect(counts(longRange)).toEqual({
    '14x10': 688,
    '12x11': 406,
    '13x11': 398,
    '11x12': 386,
    '13x10': 345,
    '11x13': 293,
    '12x12': 292,
    '10x13': 186,
    '10x14': 6,
  });
});
