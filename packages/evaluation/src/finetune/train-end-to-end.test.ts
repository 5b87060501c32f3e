import { describe, expect, it } from 'vitest';
import { epochPlan } from './train-end-to-end.js';

describe('epochPlan', () => {
  it('has every video of an epoch as often as sampling repeats, each time with other draws', () => {
    const plan = epochPlan(6, { batchSize: 3, copies: 2, seed: 0 }, 2);
    expect(plan.map((batch) => batch.length)).toEqual([6, 6]);
    const requests = plan.flat();
    expect(requests.map(({ index }) => index).sort()).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    expect(new Set(requests.map(({ draw }) => draw)).size).toBe(12);
    expect(requests.every(({ epoch }) => epoch === 2)).toBe(true);
    const inFirst = plan[0]!.map(({ index }) => index);
    expect(inFirst.filter((index, i, all) => all.indexOf(index) !== i)).toHaveLength(3);
  });
});
