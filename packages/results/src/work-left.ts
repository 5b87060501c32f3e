import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { GeneratedFiles } from '@vjepa/benchmarks';
import { tokenCount } from '@vjepa/masks';
import { type EncoderConfig, encoderFlops, tokenGrid } from '@vjepa/vit';
import { type Cell, describeCell } from './experiment.js';
import type { ExperimentPlan } from './experiment-plan.js';
import { flopsOfStep, pretrainingPlan } from './pretraining-plans.js';
import type { Work } from './work-estimate.js';

/** What pieces of work are called. */
export const workNames = {
  videos: (name: string) => `videos, ${name}`,
  pretraining: (name: string, seed: number) => `pretraining, ${name}, seed ${seed}`,
  features: ({ start, videos = 'main' }: Cell, seed: number) => `features, ${start}, ${videos}, seed ${seed}`,
  crops: (cell: Cell, seed: number) => `features of crops, ${describeCell(cell)}, seed ${seed}`,
  cell: (cell: Cell, seed: number) => `${describeCell(cell)}, seed ${seed}`,
};

/** What is to be done yet, by name, and how much of each. */
export function workLeft(plan: ExperimentPlan): Map<string, Work> {
  const { videos, seeds } = plan.experiment;
  const work = new Map<string, Work>();
  for (const name of plan.videosNeeded()) {
    const there = existsSync(join(plan.videosFolder(name), 'test.joint.csv'));
    if (!there) work.set(workNames.videos(name), { kind: 'videos', amount: videosIn(videos[name]!) });
  }
  for (const seed of seeds) {
    for (const name of plan.pretrainingsNeeded()) {
      if (plan.keptPretraining(name, seed).read()) continue;
      work.set(workNames.pretraining(name, seed), { kind: 'pretraining', amount: flopsOfPretraining(plan, name) });
    }
    for (const cell of plan.cells) {
      if (plan.keptCell(cell, seed).read()) continue;
      work.set(workNames.cell(cell, seed), { kind: cell.method, amount: flopsOfCell(plan, cell) });
      if (cell.method === 'end to end') continue;
      const files = videos[cell.videos ?? 'main']!;
      const features = (clips: number): Work => ({ kind: 'features', amount: clips * flopsOfClip(plan.encoder) });
      work.set(workNames.features(cell, seed), features(videosIn(files)));
      const crops = plan.cropsOf(cell);
      if (crops > 0) work.set(workNames.crops(cell, seed), features(crops * cell.share * (files.counts.train ?? 0)));
    }
  }
  return work;
}

function videosIn({ counts }: Pick<GeneratedFiles, 'counts'>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function flopsOfClip(encoder: EncoderConfig): number {
  return encoderFlops(encoder, tokenCount(tokenGrid(encoder)));
}

function flopsOfPretraining(plan: ExperimentPlan, name: string): number {
  const planned = plan.pretraining(name);
  const model = pretrainingPlan(planned);
  return planned.totalSteps * model.settings.batchSize * flopsOfStep(model);
}

/** Forward and backward passes, the latter twice the work, and what is asked at the end. */
function flopsOfCell(plan: ExperimentPlan, cell: Cell): number {
  const { experiment, encoder } = plan;
  const { counts } = experiment.videos[cell.videos ?? 'main']!;
  const { val = 0, test = 0 } = counts;
  if (cell.method === 'end to end') {
    const { updates, training } = plan.endToEnd(cell);
    const { batchSize = 128, repeatedSampling = 2 } = training;
    // Answers are asked for twice: as an accuracy, and one by one.
    return (3 * updates * batchSize * repeatedSampling + 2 * test) * flopsOfClip(encoder);
  }
  const { updates, batchSize, weightDecays } = experiment.probe;
  const probes = plan.learningRates(cell).length * weightDecays.length;
  return (probes * (3 * updates * batchSize + val) + test) * flopsOfProbe(encoder, cell);
}

/** Keys, values and attention over all tokens, and the MLP of one; of an average probe the linear layer, about. */
function flopsOfProbe(encoder: EncoderConfig, { method }: Cell): number {
  const { embedDim: width } = encoder;
  if (method === 'average probe') return 20 * width;
  return tokenCount(tokenGrid(encoder)) * (4 * width ** 2 + 4 * width) + 18 * width ** 2;
}
