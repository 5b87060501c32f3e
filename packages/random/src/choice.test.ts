import { describe, expect, it } from 'vitest';
import { Choice, type ChoiceGroup } from './choice.js';

/** Every cumulative probability, as `numpy.cumsum` rounds them, divided by the last. */
function cumulative(groups: readonly ChoiceGroup[]): Float64Array {
  const sums = new Float64Array(groups.reduce((sum, { count }) => sum + count, 0));
  let sum = 0;
  let i = 0;
  for (const { count, probability } of groups) for (let k = 0; k < count; k++) sums[i++] = sum += probability;
  return sums.map((value) => value / sum);
}

/** The largest double below `value`, which is above 0. */
function below(value: number): number {
  const bits = new BigUint64Array(Float64Array.of(value).buffer);
  bits[0]!--;
  return new Float64Array(bits.buffer)[0]!;
}

const even = (counts: readonly number[], weights: readonly number[]): ChoiceGroup[] => {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return counts.map((count, i) => ({ count, probability: weights[i]! / count / total }));
};

const part = (count: number, probability: number): ChoiceGroup => ({ count, probability });
const beforeHalf = part(1, 0.5 - 2 ** -16 + 2 ** -54);

describe('Choice', () => {
  it.each<[string, ChoiceGroup[]]>([
    ['one group', even([71_234], [1])],
    ['powers of two, whose sums are exact', even([2 ** 15], [1])],
    ['addends half a unit of the upper sums too large', [part(2 ** 15, 2 ** -15 + 2 ** -54)]],
    ['addends one and a half too large', [part(2 ** 15, 2 ** -15 + 2 ** -53 + 2 ** -54)]],
    [
      'half a unit too large, odd where the sum passes a half',
      [beforeHalf, part(2 ** 14, 2 ** -15 + 2 ** -54), part(1, 2 ** -16)],
    ],
    ['shares of a few units', [part(1, 0.3), part(20_000, 5e-16), part(20_000, 3e-16), part(1, 0.7 - 3e-9)]],
    ['addends that end in a one', even([3, 40_000], [2 ** -40, 1 - 2 ** -52])],
    ['very unlike weights', even([30_000, 1, 40_000, 500], [0.3, 0.4, 0.3, 1e-14])],
    [
      'the published mixture, a thousandth of it',
      even([168, 733, 1100, 19_000, 1000], [0.056, 0.188, 0.318, 0.188, 0.25]),
    ],
    ['indices that are never drawn', even([100, 20_000, 100], [0, 1, 0])],
    ['falling, one by one', Array.from({ length: 300 }, (_, i) => ({ count: 1, probability: (300 - i) / 45_150 }))],
  ])('turns to the next index exactly where the rounded sums do: %s', (_, groups) => {
    const choice = new Choice(groups);
    const sums = cumulative(groups);
    const wrong: number[] = [];
    for (let i = 0; i < sums.length; i++) {
      const previous = i === 0 ? 0 : sums[i - 1]!;
      if (sums[i] === previous) continue;
      if (choice.at(previous) !== i || choice.at(below(sums[i]!)) !== i) wrong.push(i);
    }
    expect(wrong).toEqual([]);
    expect(sums.at(-1)).toBe(1);
  });

  it.each<[ChoiceGroup[], string]>([
    [[{ count: 2, probability: 0.4 }], 'probabilities sum to 0.8, expected 1'],
    [[], 'probabilities sum to 0, expected 1'],
    [[{ count: 1, probability: -0.5 }], 'probability 0 is -0.5, expected a number in 0..1'],
    [[{ count: 1, probability: Number.NaN }], 'probability 0 is NaN'],
    [[{ count: 1.5, probability: 0.5 }], 'group 0 has 1.5 indices'],
    [[{ count: 2 ** 32, probability: 2 ** -32 }], 'found 4294967296 indices to choose from, expected at most 2^31'],
  ])('refuses %o', (groups, message) => {
    expect(() => new Choice(groups)).toThrow(message);
  });
});
