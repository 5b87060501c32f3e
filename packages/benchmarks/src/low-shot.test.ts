import { describe, expect, it } from 'vitest';
import { LOW_SHOT_SEEDS, lowShotSplit } from './low-shot.js';

// Classes of 200, 41 and 3 samples.
const entries = [200, 41, 3].flatMap((count, label) =>
  Array.from({ length: count }, (_, sample) => ({ path: `class ${label}/${sample}.mp4`, label })),
);

describe('lowShotSplit', () => {
  it('keeps the share of every class and at least one sample', () => {
    const counts = [0.05, 0.1, 0.5].map((fraction) => {
      const split = lowShotSplit(entries, { fraction, seed: 0 });
      return [0, 1, 2].map((label) => split.filter((entry) => entry.label === label).length);
    });
    expect(counts).toEqual([
      [10, 2, 1],
      [20, 4, 1],
      [100, 21, 2],
    ]);
  });

  it('is a function of the seed and the paths, and grows with the fraction', () => {
    const paths = (fraction: number, seed: number, list = entries) =>
      new Set(lowShotSplit(list, { fraction, seed }).map(({ path }) => path));
    const [first, second, third] = LOW_SHOT_SEEDS.map((seed) => paths(0.1, seed));
    expect(paths(0.1, 0, [...entries].reverse())).toEqual(first);
    expect(second).not.toEqual(first);
    expect(third).not.toEqual(second);
    for (const path of paths(0.05, 0)) expect(first).toContain(path);
    for (const path of first!) expect(paths(0.5, 0)).toContain(path);
    expect(lowShotSplit(entries, { fraction: 1, seed: 5 })).toEqual(entries);
  });

  it('refuses a percentage', () => {
    expect(() => lowShotSplit(entries, { fraction: 5, seed: 0 })).toThrow('fraction is 5; expected above 0, at most 1');
    expect(() => lowShotSplit(entries, { fraction: 0.5, seed: 0.5 })).toThrow('seed is 0.5; expected an integer');
  });
});
