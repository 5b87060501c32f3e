import type { Cell, Experiment } from './experiment.js';
import { type CellResult, ExperimentPlan, type PretrainingResult } from './experiment-plan.js';
import { type Replication, readReplications } from './replications.js';

/** Every number of an experiment, and what it came from: plain data, small enough to be kept beside the page made of it. */
export interface ExperimentResults {
  experiment: Experiment;
  pretrainings: readonly (PretrainingResult & { name: string; seed: number })[];
  /** Those that are measured. */
  cells: readonly (CellResult & { cell: Cell; seed: number })[];
  /** Of the same experiment by other programs. */
  replications?: readonly Replication[] | undefined;
  /** What makes it again. */
  command?: string | undefined;
}

/**
 * What there is of an experiment in its folder, whole or not.
 *
 * @throws InputError as `runExperiment` does, where the folder is another experiment's
 */
export function experimentSoFar(experiment: Experiment, folder: string): ExperimentResults {
  return experimentResults(new ExperimentPlan(experiment, folder));
}

/** What there is of a planned experiment. */
export function experimentResults(plan: ExperimentPlan): ExperimentResults {
  const { experiment, cells } = plan;
  const replications = readReplications(plan);
  return {
    experiment,
    pretrainings: experiment.seeds.flatMap((seed) =>
      plan.pretrainingsNeeded().flatMap((name) => {
        const result = plan.keptPretraining(name, seed).read();
        return result === undefined ? [] : [{ name, seed, ...result }];
      }),
    ),
    cells: experiment.seeds.flatMap((seed) =>
      cells.flatMap((cell) => {
        const result = plan.keptCell(cell, seed).read();
        return result === undefined ? [] : [{ cell, seed, ...result }];
      }),
    ),
    ...(replications.length > 0 && { replications }),
  };
}
