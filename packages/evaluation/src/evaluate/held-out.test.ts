import { describe, expect, it } from 'vitest';
import { heldOutSplit } from './held-out.js';

// 40 samples of class 0, 10 of class 1, 2 of class 2, 1 of class 3.
const entries = [40, 10, 2, 1].flatMap((count, label) =>
  Array.from({ length: count }, (_, i) => ({ path: `${label}-${i}.mp4`, label })),
);
const samples = [...entries.keys()];

describe('held-out samples', () => {
  const split = (seed: number) => heldOutSplit({ entries }, samples, { share: 0.1, seed });

  it('are the same share of every class, at least one, but never the only one', () => {
    const { train, heldOut } = split(0);
    expect([0, 1, 2, 3].map((label) => heldOut.filter((index) => entries[index]!.label === label).length)).toEqual([
      ...[4, 1, 1, 0],
    ]);
    expect([...train, ...heldOut].sort((a, b) => a - b)).toEqual(samples);
  });

  it('are a function of the seed', () => {
    expect(split(0)).toEqual(split(0));
    expect(split(1).heldOut).not.toEqual(split(0).heldOut);
  });

  it('are drawn from the samples that can be used', () => {
    const usable = samples.filter((index) => entries[index]!.label < 2);
    const { train, heldOut } = heldOutSplit({ entries }, usable, { share: 0.5, seed: 0 });
    expect([train.length, heldOut.length]).toEqual([25, 25]);
  });
});
