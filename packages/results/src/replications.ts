import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@vjepa/training';
import { type Cell, cellName } from './experiment.js';
import type { CellResult, ExperimentPlan, MadeWith, PretrainingResult } from './experiment-plan.js';
import { keptJson } from './kept-json.js';
import { requireSameSettings } from './kept-result.js';

/** What another program made of an experiment, with a seed of its own. */
export interface Replication {
  /** Its name and what it ran on. */
  program: string;
  /** What makes it again. */
  command: string;
  seed: number;
  pretraining: Omit<PretrainingResult, keyof MadeWith>;
  cells: readonly ReplicatedCell[];
}

/** A cell of an experiment as another program measured it. */
export type ReplicatedCell = { cell: Cell } & Omit<CellResult, keyof MadeWith>;

/** As it is written by the program: each cell with what was asked for, the `config.json` of one of our own cells. */
type WrittenReplication = Omit<Replication, 'cells'> & {
  cells: readonly ({ asked: Cell & { seed: number } } & Omit<ReplicatedCell, 'cell'>)[];
};

/**
 * What other programs left in the `replications` of an experiment's folder, `*.json`.
 *
 * @throws InputError naming a file that answers other questions than the experiment's, and how they differ
 */
export function readReplications(plan: ExperimentPlan): Replication[] {
  const folder = join(plan.folder, 'replications');
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  return files.sort().map((name) => replicationOf(join(folder, name), plan));
}

function replicationOf(path: string, plan: ExperimentPlan): Replication {
  const { cells, program, command, seed, pretraining } = keptJson<WrittenReplication>(path)!;
  return {
    ...{ program, command, seed, pretraining },
    cells: cells.map(({ asked, ...result }) => {
      const { start, method, label, share } = asked;
      const cell: Cell = { start, method, label, share };
      if (!plan.cells.some((other) => cellName(other) === cellName(cell))) {
        throw new InputError({
          subject: path,
          problem: `has a cell that is none of the experiment's: ${cellName(cell)}`,
        });
      }
      const settings = plan.asked(cell, asked.seed);
      requireSameSettings(path, { found: asked, settings }, 'Run that program once more, or delete the file');
      return { cell, ...result };
    }),
  };
}
