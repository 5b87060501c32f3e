import { join } from 'node:path';
import type { Engine } from '@vjepa/engine';
import { trainProbe } from '@vjepa/evaluation';
import { createRunLog } from '@vjepa/training';
import type { ProbeRecipe } from './experiment.js';
import type { CellResult } from './experiment-plan.js';
import type { FrozenFeatures } from './frozen-features.js';
import { testAnswers } from './test-answers.js';

/** What `probeCell` takes. */
export interface ProbeCellOptions {
  engine: Engine;
  folder: string;
  /** Under the label that is asked for, those to train on only of the videos whose labels are known. */
  features: FrozenFeatures;
  classes: number;
  seed: number;
  pooling: 'attentive' | 'average';
  recipe: ProbeRecipe;
  learningRates: readonly number[];
  signal: AbortSignal | undefined;
  /** Told the share, 0..1, that is done. */
  onProgress: (share: number) => void;
}

/**
 * Trains probes of several learning rates and weight decays on a share of the labels. The one that is best on the validation videos is asked
 * about the test videos, once; it and its log are kept.
 */
export async function probeCell(options: ProbeCellOptions): Promise<Omit<CellResult, 'machine'>> {
  const { engine, folder, features, classes, seed, recipe, learningRates, signal, pooling, onProgress } = options;
  const begun = performance.now();
  const { batchSize, weightDecays } = recipe;
  const { length: clips } = features.train.videos;
  const trainingVideos = new Set(features.train.videos.map(({ path }) => path)).size;
  const epochs = Math.max(1, Math.round(recipe.updates / Math.ceil(clips / batchSize)));
  const log = createRunLog({ print: () => {} });
  log.writeTo(join(folder, 'console.log'));
  log(engine.description);
  const tried = `learning rates ${learningRates.join(', ')}, weight decays ${weightDecays.join(', ')}`;
  log(`${trainingVideos} videos, ${clips} clips, ${epochs} epochs, ${tried}`);
  const probe = await trainProbe({
    ...{ engine, classes, pooling, epochs, batchSize, learningRates, seed, signal },
    features: features.train,
    validation: features.validation,
    ...{ weightDecays, finalWeightDecay: null },
    onEpoch({ epoch, loss, top1 }) {
      log(`epoch ${epoch}  loss ${loss.map(fixed).join(' ')}  training top-1 ${top1.map(fixed).join(' ')}`);
      onProgress(epoch / epochs);
    },
  });
  const answers = await probe.probabilities(features.test);
  const correct = answers.map((probabilities, i) => {
    return probabilities !== undefined && largest(probabilities) === features.test.videos[i]!.label;
  });
  await probe.save(join(folder, 'probe'));
  const result = {
    ...testAnswers(correct),
    ...{ learningRate: probe.learningRate, weightDecay: probe.weightDecay },
    ...{ trainingVideos, classes, engine: engine.description },
    seconds: (performance.now() - begun) / 1000,
  };
  log(`learning rate ${probe.learningRate}, weight decay ${probe.weightDecay}: test top-1 ${fixed(result.top1)}`);
  return result;
}

function largest(values: Float64Array): number {
  return values.indexOf(Math.max(...values));
}

function fixed(value: number): string {
  return value.toFixed(3);
}
