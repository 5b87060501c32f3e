import type { RetentionPolicy } from '../run/checkpoint-store.js';
import type { FilledInSettings } from './pretraining-settings.js';
import { runLengths, type StepSchedule, stepSchedule } from './step-schedule.js';

/** What follows from a run's settings once the number of its videos is known. */
export interface RunSchedule {
  stepsPerEpoch: number;
  totalSteps: number;
  /** Steps over which the learning rate rises. */
  warmupSteps: number;
  /** The schedules at a step, counted from 1. */
  at(step: number): StepSchedule;
  /** Steps between two checkpoints. */
  checkpointEvery: number;
  /** Which checkpoints are kept. */
  retention: RetentionPolicy;
}

/** An epoch is `stepsPerEpoch` steps, or one pass over the videos when that is left open. */
export function runSchedule(settings: FilledInSettings, videos: number): RunSchedule {
  const { checkpoints, epochs, batchSize } = settings;
  const stepsPerEpoch = settings.stepsPerEpoch ?? Math.max(1, Math.floor(videos / batchSize));
  const forGood = checkpoints.keepEveryEpochs === undefined ? null : checkpoints.keepEveryEpochs * stepsPerEpoch;
  return {
    stepsPerEpoch,
    totalSteps: stepsPerEpoch * epochs,
    warmupSteps: runLengths(settings, stepsPerEpoch).warmupSteps,
    at: stepSchedule(settings, stepsPerEpoch),
    checkpointEvery: checkpoints.every ?? stepsPerEpoch,
    retention: { keep: checkpoints.keep, keepEvery: checkpoints.keepEvery ?? forGood },
  };
}

/** How many checkpoints lie on the disk at once at the end of a run, the one being written among them. */
export function mostCheckpoints({ retention, checkpointEvery: every, totalSteps }: Omit<RunSchedule, 'at'>): number {
  const { keep, keepEvery } = retention;
  const steps = Array.from({ length: Math.ceil(totalSteps / every) }, (_, i) => Math.min((i + 1) * every, totalSteps));
  const forGood = keepEvery === null ? 0 : steps.slice(0, -keep).filter((step) => step % keepEvery === 0).length;
  return Math.min(keep, steps.length) + forGood + 1;
}
