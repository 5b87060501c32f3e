import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cellName } from './experiment.js';
import { ExperimentPlan } from './experiment-plan.js';
import { keptJson } from './kept-json.js';
import { requireSameSettings } from './kept-result.js';
import type { ExperimentResults } from './results-file.js';

/**
 * Takes over what was measured elsewhere: the `results.json` of other machines, under any names, in the `elsewhere` of an
 * experiment's folder. So several machines share the seeds of an experiment, and a published file goes on. Cells and seeds
 * that this experiment does not ask for are left out, and what is kept here already stays as it is.
 *
 * @throws InputError naming a file that answers other questions than the experiment's, and how they differ
 */
export function takeOver(plan: ExperimentPlan): void {
  const folder = join(plan.folder, 'elsewhere');
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  for (const name of files.sort()) takeOverFile(join(folder, name), plan);
}

function takeOverFile(path: string, plan: ExperimentPlan): void {
  const { experiment, cells, pretrainings } = keptJson<ExperimentResults>(path)!;
  const there = new ExperimentPlan(experiment, path);
  const remedy = 'Run that experiment once more, or delete the file';
  for (const seed of plan.experiment.seeds) {
    for (const cell of plan.cells) {
      const found = cells.find((other) => other.seed === seed && cellName(other.cell) === cellName(cell));
      const kept = plan.keptCell(cell, seed);
      if (found === undefined || kept.read() !== undefined) continue;
      requireSameSettings(path, { found: there.asked(cell, seed), settings: plan.asked(cell, seed) }, remedy);
      const { cell: _, seed: _seed, ...result } = found;
      kept.begin();
      kept.finish(result);
    }
    for (const name of plan.pretrainingsNeeded()) {
      const found = pretrainings.find((other) => other.seed === seed && other.name === name);
      const kept = plan.keptPretraining(name, seed);
      // Its weights are not in the file: where a cell still needs them it is pretrained here.
      const isNeeded = plan.cellsFrom(name).some((cell) => plan.keptCell(cell, seed).read() === undefined);
      if (found === undefined || kept.read() !== undefined || isNeeded) continue;
      const { name: _, seed: _seed, ...result } = found;
      kept.begin();
      kept.finish(result);
    }
  }
}
