import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readVideoIndex } from '@vjepa/benchmarks';
import type { Engine } from '@vjepa/engine';
import { fineTune, loadEncoder, planFineTuning } from '@vjepa/evaluation';
import { createRunLog } from '@vjepa/training';
import type { EncoderConfig } from '@vjepa/vit';
import type { EndToEndRecipe } from './experiment.js';
import type { CellResult } from './experiment-plan.js';
import { keptTime } from './kept-time.js';
import type { Weights } from './pretrain-once.js';
import { testAnswers } from './test-answers.js';
import type { WorkReport } from './work-estimate.js';

/** What `trainCellEndToEnd` takes. */
export interface EndToEndCellOptions {
  engine: Engine;
  folder: string;
  encoder: EncoderConfig;
  /** What the encoder begins with. */
  weights: Weights;
  /** Lists of labelled videos. */
  train: string;
  test: string;
  classes: number;
  frameStep: number | undefined;
  workers: number | undefined;
  seed: number;
  recipe: EndToEndRecipe;
  signal: AbortSignal | undefined;
  version: string | undefined;
  report: WorkReport;
}

/** Of the files of the model. */
const TAG = 'model';

/**
 * Trains encoder and classifier together, or goes on where that was stopped. Nothing is chosen, so the trained model is asked
 * about the test videos directly.
 *
 * @throws the signal's reason when that ends it; and as `fineTune` does
 */
export async function trainCellEndToEnd(options: EndToEndCellOptions): Promise<Omit<CellResult, 'machine'>> {
  const { engine, folder, encoder, weights, classes, frameStep, workers, seed, recipe, signal, report } = options;
  const { entries: trained } = await readVideoIndex(options.train);
  const { entries: asked } = await readVideoIndex(options.test);
  const { batchSize = Math.min(128, trained.length), ...training } = recipe.training;
  const stepsPerEpoch = Math.max(1, Math.floor(trained.length / batchSize));
  const epochs = Math.max(1, Math.round(recipe.updates / stepsPerEpoch));
  const plan = planFineTuning({
    ...{ encoder, seed, validateEvery: epochs, tag: TAG },
    checkpoint: weights.checkpoint,
    data: { kind: 'video', train: options.train, validation: options.test, classes },
    clips: { frameStep },
    head: recipe.head,
    augmentation: recipe.augmentation,
    training: {
      ...training,
      batchSize: Math.min(batchSize, trained.length),
      epochs,
      warmupEpochs: recipe.warmup * epochs,
    },
    ...(workers !== undefined && { loading: { workers } }),
  });
  const run = join(folder, 'run');
  const time = keptTime(join(folder, 'time.json'));
  const predictions = join(folder, 'predictions.jsonl');
  let epochsDone = 0;
  const outcome = await fineTune({
    ...{ plan, engine, predictions, parameters: weights.parameters, signal, version: options.version },
    folder: run,
    existing: existsSync(join(run, 'settings.json')) ? 'resume' : 'overwrite',
    log: createRunLog({ print: () => {} }),
    observers: [
      {
        name: 'the progress of the experiment',
        start({ done }) {
          epochsDone = done;
          report.skip(done / epochs);
        },
        epoch({ epoch }) {
          epochsDone = epoch;
          time.save();
        },
      },
    ],
    begin({ total, unit }) {
      let seen = 0;
      return {
        advance(_bad, count = 1) {
          seen += count;
          if (unit === 'steps') report.reach((epochsDone + seen / total) / epochs);
        },
        print() {},
        close() {},
      };
    },
  });
  time.save();
  if (outcome.stopped) throw signal!.reason;
  return {
    ...testAnswers(correctIn(predictions, asked)),
    ...{ learningRate: plan.training.learningRate, weightDecay: plan.training.weightDecay },
    ...{ trainingVideos: trained.length, classes },
    engine: engine.description,
    seconds: time.seconds(),
  };
}

/** The encoder of a model that was trained so. */
export async function endToEndWeights(folder: string, encoder: EncoderConfig): Promise<Weights> {
  const checkpoint = join(folder, 'run', `${TAG}-latest.pth.tar`);
  return { checkpoint, parameters: (await loadEncoder(checkpoint, encoder, { key: 'encoder' })).parameters };
}

/** Of each video of a list, whether it was predicted. */
function correctIn(predictions: string, videos: readonly { path: string }[]): boolean[] {
  const lines = readFileSync(predictions, 'utf8').trimEnd().split('\n');
  const answers = lines.map((line) => JSON.parse(line) as { path: string; label: number; prediction: number });
  const correct = new Map(answers.map(({ path, label, prediction }) => [path, label === prediction]));
  return videos.map(({ path }) => correct.get(path) ?? false);
}
