import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { cellsOf, type Experiment } from './experiment.js';
import { ExperimentPlan } from './experiment-plan.js';
import { type ExperimentResults, experimentSoFar } from './results-file.js';
import { runExperiment } from './run-experiment.js';
import { takeOver } from './taken-over.js';
import { testAnswers } from './test-answers.js';
import { tinyExperiment } from './tiny-experiment.fixture.js';

const madeWith = { engine: 'an engine', machine: '64 cores (another one)' };
const result = {
  ...testAnswers([true, false, true]),
  ...{ learningRate: 1e-3, weightDecay: 0.01, trainingVideos: 32, classes: 8, seconds: 2, ...madeWith },
};
/** One pretraining, and one cell that needs no weights of it. */
const experiment: Experiment = { ...tinyExperiment, seeds: [0, 1] };
const cells = new ExperimentPlan(experiment, 'nowhere').cells;

/** Everything that another machine measured with a seed. */
function measured(seed: number, of: Experiment = experiment): ExperimentResults {
  const pretrainings = ['V-JEPA', 'mix'].map((name) => ({
    name,
    seed,
    updates: 8,
    loss: 0.5,
    seconds: 3,
    ...madeWith,
  }));
  return {
    experiment: { ...of, seeds: [seed] },
    pretrainings,
    cells: cells.map((cell) => ({ cell, seed, ...result })),
  };
}

function planWith(files: Record<string, ExperimentResults>): ExperimentPlan {
  const plan = new ExperimentPlan(experiment, temporaryFolder('elsewhere'));
  mkdirSync(join(plan.folder, 'elsewhere'));
  for (const [name, results] of Object.entries(files)) {
    writeFileSync(join(plan.folder, 'elsewhere', name), JSON.stringify(results));
  }
  return plan;
}

describe('takeOver', () => {
  it('has the seeds of several machines as one experiment, which is then at its end', async () => {
    const { folder } = planWith({ 'one.json': measured(0), 'other.json': measured(1) });
    const openEngine = () => Promise.reject(new Error('no engine is needed'));
    const found = await runExperiment({ experiment, folder, openEngine });
    expect(found?.cells).toHaveLength(2 * cells.length);
    expect(found?.pretrainings).toHaveLength(4);
    expect(found?.cells.at(-1)).toMatchObject({ seed: 1, top1: result.top1, machine: madeWith.machine });
  });

  it('leaves out seeds and cells that are not asked for, and what is there already', () => {
    const plan = planWith({ 'one.json': measured(0), 'of-no-interest.json': measured(7) });
    const [first] = cellsOf(experiment);
    const own = { ...result, top1: 99 };
    plan.keptCell(first!, 0).begin();
    plan.keptCell(first!, 0).finish(own);
    takeOver(plan);
    const found = experimentSoFar(experiment, plan.folder);
    expect(found.cells.map(({ seed }) => seed)).toEqual(cells.map(() => 0));
    expect(found.cells[0]!.top1).toBe(99);
  });

  it('does not take a pretraining whose weights are still needed', () => {
    const all = measured(0);
    const missing = all.cells.filter(({ cell }) => cell.start !== 'V-JEPA, half way');
    const plan = planWith({ 'one.json': { ...all, cells: missing } });
    takeOver(plan);
    expect(experimentSoFar(experiment, plan.folder).pretrainings.map(({ name }) => name)).toEqual(['mix']);
  });

  it('refuses a file of other settings by the names of these, before any work', async () => {
    const other = { ...experiment, recipe: { ...experiment.recipe, batchSize: 4 } };
    const { folder } = planWith({ 'one.json': measured(0, other) });
    const openEngine = () => Promise.reject(new Error('no engine is needed'));
    await expect(runExperiment({ experiment, folder, openEngine })).rejects.toThrow(
      /one\.json: was begun with other settings:.*pretraining\.batchSize: 4 -> 8.*once more, or delete the file/s,
    );
  });
});
