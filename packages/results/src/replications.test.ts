import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { ExperimentPlan } from './experiment-plan.js';
import { readReplications } from './replications.js';
import { experimentSoFar } from './results-file.js';
import { runExperiment } from './run-experiment.js';
import { testAnswers } from './test-answers.js';
import { tinyExperiment } from './tiny-experiment.fixture.js';

const cell = { start: 'V-JEPA', method: 'attentive probe', label: 'motion', share: 1 } as const;
const result = {
  ...testAnswers([true, false, true]),
  ...{ learningRate: 1e-3, weightDecay: 0.01, trainingVideos: 32, classes: 8, seconds: 2 },
};
const about = {
  ...{ program: 'a program', command: 'program folder', seed: 1000 },
  pretraining: { updates: 8, loss: 0.5, seconds: 3 },
};

/** A plan of the experiment in a folder with a file that answers what was asked for, or something else. */
function planWith(changes: object = {}, experiment = tinyExperiment): ExperimentPlan {
  const plan = new ExperimentPlan(experiment, temporaryFolder('replications'));
  mkdirSync(join(plan.folder, 'replications'));
  const asked = { ...plan.asked(cell, 0), ...changes };
  const written = JSON.stringify({ ...about, cells: [{ asked, ...result }] });
  writeFileSync(join(plan.folder, 'replications', 'program-seed-1000.json'), written);
  return plan;
}

describe('replications', () => {
  it('are read with the cells that they answer, and are part of the results', () => {
    const plan = planWith();
    expect(readReplications(plan)).toEqual([{ ...about, cells: [{ cell, ...result }] }]);
    expect(experimentSoFar(tinyExperiment, plan.folder).replications).toHaveLength(1);
    expect(experimentSoFar(tinyExperiment, temporaryFolder('replications'))).not.toHaveProperty('replications');
  });

  it('of other settings are refused by the names of these, before any work', async () => {
    const { folder } = planWith({ pretraining: { ...tinyExperiment.recipe, batchSize: 4 } });
    const openEngine = () => Promise.reject(new Error('no engine is needed'));
    await expect(runExperiment({ experiment: tinyExperiment, folder, openEngine })).rejects.toThrow(
      /program-seed-1000\.json: .*pretraining\.batchSize: 4 -> 8.*once more, or delete/s,
    );
    const { probe } = tinyExperiment;
    expect(() => readReplications(planWith({ training: { ...probe, learningRates: [1] } }))).toThrow(
      /training\.learningRates/,
    );
  });

  it('of a cell that the experiment has not are refused', () => {
    expect(() => readReplications(planWith({ label: 'joint' }))).toThrow(/none of the experiment's: .*joint-100/);
  });
});
