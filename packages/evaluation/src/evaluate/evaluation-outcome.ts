import type { ClassificationResult } from '@vjepa/benchmarks';
import type { Candidate } from './candidates.js';
import type { LowShotDraw } from './low-shot-draws.js';
import type { EpochSummary } from './train-probes.js';

/** One probe of one training: what it was trained with and how it did. */
export interface ProbeOutcome extends Candidate {
  /** Of the last epoch. */
  trainLoss: number;
  trainTop1: number;
  /** null: the probe has diverged and is left out. */
  validation: ClassificationResult | null;
  /** Of the chosen probe only, where there is a test set. */
  test?: ClassificationResult;
}

/** One training: all of the data, or one low-shot draw. */
export interface TrainingOutcome {
  /** Share of the training set, and the draw; null: all of it. */
  lowShot: LowShotDraw;
  trainingSamples: number;
  probes: ProbeOutcome[];
  /** The probe with the best validation top-1; of equal ones the first. Never one that is left out. */
  chosen: number;
}

export function outcomesOf(
  candidates: readonly Candidate[],
  summary: EpochSummary | undefined,
  validation: readonly (ClassificationResult | undefined)[],
): { probes: ProbeOutcome[]; chosen: number } {
  const probes = candidates.map((candidate, i) => ({
    ...candidate,
    trainLoss: summary?.loss[i] ?? Number.NaN,
    trainTop1: summary?.top1[i] ?? Number.NaN,
    validation: validation[i] ?? null,
  }));
  const best = Math.max(...probes.flatMap((probe) => probe.validation?.top1 ?? []));
  return { probes, chosen: probes.findIndex((probe) => probe.validation?.top1 === best) };
}
