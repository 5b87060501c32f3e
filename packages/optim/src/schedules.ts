/** A quantity as a function of the optimisation step, counted from 1: the first update uses the value at 1. */
export type Schedule = (step: number) => number;

/** Lengths of a run in optimisation steps. */
export interface ScheduleLengths {
  /** Steps of linear warm-up of the learning rate. */
  warmupSteps: number;
  /**
   * Steps the schedules are laid out over; V-JEPA stretches them to 1.25 times the run, so that a run stops before
   * the learning rate and the decay reach their final values. Not rounded.
   */
  horizon: number;
}

/** Lengths from the terms of a config: epochs of `iterationsPerEpoch` steps, the schedule stretched by `scale`. */
export function scheduleLengths(run: {
  epochs: number;
  iterationsPerEpoch: number;
  warmupEpochs: number;
  scale?: number;
}): ScheduleLengths {
  return {
    warmupSteps: Math.trunc(run.warmupEpochs * run.iterationsPerEpoch),
    horizon: (run.scale ?? 1) * run.epochs * run.iterationsPerEpoch,
  };
}

/**
 * Linear warm-up from `start` to `reference`, then a half cosine to `final` (V-JEPA, appendix on pretraining).
 */
export function learningRateSchedule(
  { start, reference, final }: { start: number; reference: number; final: number },
  { warmupSteps, horizon }: ScheduleLengths,
): Schedule {
  const length = Math.trunc(horizon);
  return (step) => {
    if (step < warmupSteps) return start + (step / Math.max(1, warmupSteps)) * (reference - start);
    const progress = (step - warmupSteps) / Math.max(1, length - warmupSteps);
    return Math.max(final, halfCosine(reference, final, progress));
  };
}

/**
 * A straight line from `reference` to `final`, without a warm-up: the cool-down of V-JEPA 2, which takes a pretraining at a
 * constant rate to its end. V-JEPA 2 stretches it to 1.25 times the run, so that it stops before `final` (its paper says that
 * `final` is reached).
 */
export function coolDownSchedule(
  { reference, final }: { reference: number; final: number },
  { horizon }: Pick<ScheduleLengths, 'horizon'>,
): Schedule {
  const length = Math.trunc(horizon);
  return (step) => reference + Math.min(1, step / length) * (final - reference);
}

/**
 * lambda, the weight of V-JEPA 2.1's loss of visible tokens: 0 for `start` updates and the one after them, then in a straight
 * line to `weight`, which the update after `end` others has. In a cool-down it is constant: leave out `start` and `end`.
 */
export function contextWeightSchedule({
  weight,
  start,
  end,
}: {
  weight: number;
  start?: number | undefined;
  end?: number | undefined;
}): Schedule {
  if (start === undefined || end === undefined) return () => weight;
  return (step) => weight * Math.min(1, Math.max(0, (step - 1 - start) / Math.max(1, end - start)));
}

/** A half cosine from `reference` to `final`. (The paper says linear; the reference trains with a cosine.) */
export function weightDecaySchedule(
  { reference, final }: { reference: number; final: number },
  { horizon }: Pick<ScheduleLengths, 'horizon'>,
): Schedule {
  const length = Math.trunc(horizon);
  return (step) => {
    const value = halfCosine(reference, final, step / length);
    return final > reference ? Math.min(final, value) : Math.max(final, value);
  };
}

/** The target encoder's momentum: linear from `start`, at the first step, towards `end`. */
export function momentumSchedule(
  { start, end }: { start: number; end: number },
  { horizon }: Pick<ScheduleLengths, 'horizon'>,
): Schedule {
  return (step) => start + ((step - 1) * (end - start)) / horizon;
}

function halfCosine(from: number, to: number, progress: number): number {
  return to + (from - to) * 0.5 * (1 + Math.cos(Math.PI * progress));
}
