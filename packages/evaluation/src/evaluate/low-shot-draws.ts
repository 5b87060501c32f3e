import { LOW_SHOT_SEEDS, lowShotSplit } from '@vjepa/benchmarks';
import type { LabelledSet } from './labelled-set.js';

/** A part of the training set: a share of every class, and the draw; null: all of it. */
export type LowShotDraw = { fraction: number; seed: number } | null;

/** The trainings that are asked for: one on everything, or one for each fraction and seed. */
export function lowShotDraws(
  lowShot: { fractions: readonly number[]; seeds?: readonly number[] | undefined } | undefined,
): LowShotDraw[] {
  if (lowShot === undefined) return [null];
  const { fractions, seeds = LOW_SHOT_SEEDS } = lowShot;
  return fractions.flatMap((fraction) => seeds.map((seed) => ({ fraction, seed })));
}

/** The training samples of a draw that can be used. */
export function drawnSamples({ entries }: LabelledSet, usable: readonly number[], draw: LowShotDraw): number[] {
  const candidates = usable.map((index) => ({ ...entries[index]!, index }));
  return (draw === null ? candidates : lowShotSplit(candidates, draw)).map(({ index }) => index);
}
