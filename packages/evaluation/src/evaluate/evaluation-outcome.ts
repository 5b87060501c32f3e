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
  /** Top-1 on the samples that were held out, in percent, where probes are chosen by them. */
  heldOutTop1?: number;
  /** Of the chosen probe only, where there is a test set. */
  test?: ClassificationResult;
}

/** One training: all of the data, or one low-shot draw. */
export interface TrainingOutcome {
  /** Share of the training set, and the draw; null: all of it. */
  lowShot: LowShotDraw;
  trainingSamples: number;
  /** Training samples that were held out, where probes are chosen by them. */
  heldOutSamples?: number;
  probes: ProbeOutcome[];
  /**
   * The probe with the best top-1 on the samples that were held out, or where there are none on the validation set; of
   * equal ones the first. Never one that is left out.
   */
  chosen: number;
}

/** The probe with the best top-1 on the validation set itself, which is what is published; of equal ones the first. */
export function bestOnValidation(probes: readonly Pick<ProbeOutcome, 'validation'>[]): number {
  return indexOfBest(probes.map((probe) => probe.validation?.top1));
}

/** @param heldOut results on the samples that were held out; undefined: probes are chosen by the validation set */
export function outcomesOf(
  candidates: readonly Candidate[],
  summary: EpochSummary | undefined,
  validation: readonly (ClassificationResult | undefined)[],
  heldOut?: readonly (ClassificationResult | undefined)[],
): { probes: ProbeOutcome[]; chosen: number } {
  const probes = candidates.map((candidate, i) => {
    const held = heldOut?.[i];
    return {
      ...candidate,
      trainLoss: summary?.loss[i] ?? Number.NaN,
      trainTop1: summary?.top1[i] ?? Number.NaN,
      validation: validation[i] ?? null,
      ...(held && { heldOutTop1: held.top1 }),
    };
  });
  return { probes, chosen: heldOut ? indexOfBest(heldOut.map((held) => held?.top1)) : bestOnValidation(probes) };
}

function indexOfBest(scores: readonly (number | undefined)[]): number {
  return scores.indexOf(Math.max(...scores.filter((score) => score !== undefined)));
}
