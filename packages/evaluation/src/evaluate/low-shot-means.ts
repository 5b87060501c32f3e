import type { TrainingOutcome } from './evaluation-outcome.js';
import { meanAndDeviation } from './mean-and-deviation.js';

/** How a share of the labels does, over several draws of it. */
export interface LowShotMean {
  fraction: number;
  draws: number;
  /** Top-1 of the chosen probes in percent, and its sample standard deviation. */
  mean: number;
  deviation: number;
}

/** Mean and deviation for each share of the labels that was drawn more than once: of the test set, else of the validation set. */
export function lowShotMeans(outcomes: readonly TrainingOutcome[]): LowShotMean[] {
  const byFraction = new Map<number, number[]>();
  for (const { lowShot, probes, chosen } of outcomes) {
    if (lowShot === null) continue;
    const top1 = (probes[chosen]!.test ?? probes[chosen]!.validation!).top1;
    byFraction.set(lowShot.fraction, [...(byFraction.get(lowShot.fraction) ?? []), top1]);
  }
  return [...byFraction]
    .filter(([, values]) => values.length > 1)
    .map(([fraction, values]) => ({ fraction, draws: values.length, ...meanAndDeviation(values) }));
}
