import { type MeasuredResult, scoreOf } from './answered-task.js';
import type { Candidate } from './candidates.js';
import type { LowShotDraw } from './low-shot-draws.js';
import type { EpochSummary } from './train-probes.js';

/** One probe of one training: what it was trained with and how it did. */
export interface ProbeOutcome extends Candidate {
  /** Of the last epoch. */
  trainLoss: number;
  trainTop1: number;
  /** null: the probe has diverged and is left out. */
  validation: MeasuredResult | null;
  /** Top-1 on the samples that were held out, in percent, where probes are chosen by them. */
  heldOutTop1?: number;
  /** In its place, of an anticipation, the class-mean recall at 5 of the actions. */
  heldOutRecall?: number;
  /** Of the chosen probe only, where there is a test set. */
  test?: MeasuredResult;
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
   * The probe with the best top-1 (of an anticipation, the best recall of its actions) on the samples that were held out, or where there are none on the validation set; of
   * equal ones the first. Never one that is left out.
   */
  chosen: number;
}

/** The probe with the best top-1 on the validation set itself, which is what is published; of equal ones the first. */
export function bestOnValidation(probes: readonly Pick<ProbeOutcome, 'validation'>[]): number {
  return indexOfBest(probes.map(({ validation }) => validation && scoreOf(validation)));
}

/** @param heldOut results on the samples that were held out; undefined: probes are chosen by the validation set */
export function outcomesOf(
  candidates: readonly Candidate[],
  summary: EpochSummary | undefined,
  validation: readonly (MeasuredResult | undefined)[],
  heldOut?: readonly (MeasuredResult | undefined)[],
): { probes: ProbeOutcome[]; chosen: number } {
  const probes = candidates.map((candidate, i) => {
    const held = heldOut?.[i];
    return {
      ...candidate,
      trainLoss: summary?.loss[i] ?? Number.NaN,
      trainTop1: summary?.top1[i] ?? Number.NaN,
      validation: validation[i] ?? null,
      ...(held && { [held.tasks ? 'heldOutRecall' : 'heldOutTop1']: scoreOf(held) }),
    };
  });
  return {
    probes,
    chosen: heldOut ? indexOfBest(heldOut.map((held) => held && scoreOf(held))) : bestOnValidation(probes),
  };
}

function indexOfBest(scores: readonly (number | null | undefined)[]): number {
  return scores.indexOf(Math.max(...scores.filter((score) => typeof score === 'number')));
}

/** Trainings as `results.json` has them: of thousands of actions only the chosen probe says how it did in each. */
export function toldTrainings(trainings: readonly TrainingOutcome[]): object[] {
  return trainings.map((training) => ({
    ...training,
    probes: training.probes.map((probe, i) => {
      const { validation } = probe;
      return i === training.chosen || !validation?.tasks ? probe : { ...probe, validation: withoutClasses(validation) };
    }),
  }));
}

function withoutClasses({ perClass: _, confusion: __, tasks = {}, ...numbers }: MeasuredResult): object {
  const others = Object.entries(tasks).map(([name, result]) => [name, withoutClasses(result)]);
  return { ...numbers, ...(others.length > 0 && { tasks: Object.fromEntries(others) }) };
}
