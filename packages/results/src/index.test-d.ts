// What compiles against this package: checked with the types, never run.
import { openEngine } from '@vjepa/engine';
import { planPretraining } from '@vjepa/training';
import { expectTypeOf } from 'vitest';
import {
  type Experiment,
  type ExperimentResults,
  LAPTOP_SIZES,
  paperExperiment,
  resultsPage,
  runExperiment,
  type TestAnswers,
} from './index.js';

const { videos: _, ...recipe } = planPretraining({ videos: 'videos', model: 'vit_tiny', epochs: 10 }).settings;

const experiment = paperExperiment({
  ...LAPTOP_SIZES.core,
  recipe: { model: recipe.model, epochs: recipe.epochs, batchSize: undefined },
  seeds: [0, 1],
  scope: 'full',
});
expectTypeOf(experiment).toEqualTypeOf<Experiment>();

const found = await runExperiment({
  experiment,
  folder: 'runs/results',
  openEngine: (precision) => openEngine({ precision }),
  signal: undefined,
  onProgress: ({ secondsLeft }) => expectTypeOf(secondsLeft).toEqualTypeOf<number | undefined>(),
  onResult: (_cell, _seed, result) => expectTypeOf(result).toExtend<TestAnswers>(),
});
expectTypeOf(found).toEqualTypeOf<ExperimentResults | undefined>();
if (found) expectTypeOf(resultsPage(found, { folder: 'results' }).markdown).toBeString();

// @ts-expect-error a pretraining's videos and seed are the experiment's
paperExperiment({ ...LAPTOP_SIZES.core, recipe: { model: 'vit_tiny', epochs: 1, seed: 3 }, seeds: [0], scope: 'core' });
