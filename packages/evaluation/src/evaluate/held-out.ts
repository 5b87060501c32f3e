import { type BenchmarkEntry, lowShotSplit } from '@vjepa/benchmarks';

/** Training samples in two parts, positions in the set. */
export interface HeldOutSplit {
  train: number[];
  /** By these the best of several probes is chosen; none of them is trained on. */
  heldOut: number[];
}

/**
 * Holds a share of the samples of every class out, at least one, but never a class's only sample. A function of the seed
 * and of each class's paths.
 *
 * @param share above 0, at most a half
 */
export function heldOutSplit(
  { entries }: { readonly entries: readonly BenchmarkEntry[] },
  samples: readonly number[],
  { share, seed }: { share: number; seed: number },
): HeldOutSplit {
  const all = samples.map((index) => ({ ...entries[index]!, index }));
  const counts = new Map<number, number>();
  for (const { label } of all) counts.set(label, (counts.get(label) ?? 0) + 1);
  const several = all.filter(({ label }) => counts.get(label)! > 1);
  const heldOut = new Set(lowShotSplit(several, { fraction: share, seed }).map(({ index }) => index));
  return { train: samples.filter((index) => !heldOut.has(index)), heldOut: [...heldOut] };
}
