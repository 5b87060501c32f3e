import { permutation, xoroshiroStream } from '@vjepa/random';
import type { BenchmarkEntry } from './benchmark.js';

/** The paper draws three splits of 5, 10 and 50 % of the training labels each. */
export const LOW_SHOT_SEEDS = [0, 1, 2] as const;

/** Keeps low-shot draws apart from every other use of the same seed. */
const STREAM = 0x105507;

/** Which part of the labels a low-shot training sees. */
export interface LowShotOptions {
  /** Share of each class's samples, in (0, 1]. */
  fraction: number;
  /** Any integer; the paper draws three splits. */
  seed: number;
}

/**
 * Draws a part of the training samples, the same share of every class (rounded, at least one). A split is a function
 * of the seed and of each class's paths: the order of the list does not matter, and with one seed a smaller split
 * is contained in a larger one.
 *
 * @returns the drawn entries in the order of the list
 * @throws RangeError for a fraction outside (0, 1] or a seed that is not an integer
 */
export function lowShotSplit<Entry extends BenchmarkEntry>(
  entries: readonly Entry[],
  { fraction, seed }: LowShotOptions,
): Entry[] {
  if (!(fraction > 0 && fraction <= 1)) throw new RangeError(`fraction is ${fraction}; expected above 0, at most 1`);
  if (!Number.isInteger(seed)) throw new RangeError(`seed is ${seed}; expected an integer`);
  const byClass = new Map<number, Entry[]>();
  for (const entry of entries) {
    const members = byClass.get(entry.label);
    if (members === undefined) byClass.set(entry.label, [entry]);
    else members.push(entry);
  }
  const drawn = new Set<Entry>();
  for (const [label, members] of byClass) {
    const sorted = [...members].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    const order = permutation(xoroshiroStream(seed, STREAM, label), sorted.length);
    const keep = Math.max(1, Math.round(fraction * sorted.length));
    for (const place of order.slice(0, keep)) drawn.add(sorted[place]!);
  }
  return entries.filter((entry) => drawn.has(entry));
}
