import { type BeginTask, noProgress } from '@vjepa/training';
import type { EvaluationConfig } from '../config/evaluation-config.js';
import { type Candidate, probeSchedule } from './candidates.js';
import type { FeatureSource } from './feature-source.js';
import { freshProbe, type ProbeRunner } from './probe-runner.js';
import { inBatches, trainingPlan } from './sample-plan.js';

/** What one epoch did, a number for each candidate. */
export interface EpochSummary {
  /** Counted from 1. */
  epoch: number;
  loss: number[];
  /** Percent of the samples seen, before each one's update. */
  top1: number[];
}

export interface TrainProbesOptions {
  config: EvaluationConfig;
  runner: ProbeRunner;
  candidates: readonly Candidate[];
  source: FeatureSource;
  /** Positions of the training samples in the source. */
  samples: readonly number[];
  /** Draws the probes' first parameters and the order of the samples. */
  seed: number;
  /** Samples that pass the probes together: a batch comes in parts of so many. Default: the batch. */
  partSize?: number;
  /** Epochs that were done before, whose state the runner holds. */
  done?: number;
  /** Opens a bar for each epoch. */
  begin?: BeginTask | undefined;
  /** Awaited after each epoch. */
  onEpoch?: (summary: EpochSummary) => Promise<void>;
}

/** Trains the runner's probes from fresh parameters, all on the same batches (V-JEPA, section 4.2). */
export async function trainProbes(options: TrainProbesOptions): Promise<EpochSummary | undefined> {
  const { config, runner, candidates, source, samples, seed, done = 0, begin = noProgress } = options;
  const { num_epochs: epochs, batch_size: batchSize } = config.optimization;
  const partSize = Math.min(options.partSize ?? batchSize, batchSize);
  const stepsPerEpoch = Math.ceil(samples.length / batchSize);
  const ratesAt = probeSchedule(config, candidates, stepsPerEpoch);
  if (done === 0) await runner.reset(freshProbe(runner.probe, seed));
  let summary: EpochSummary | undefined;
  for (let epoch = done; epoch < epochs; epoch++) {
    const plan = trainingPlan(samples, { epoch, batchSize, seed, reshuffle: config.reshuffle });
    const loss = candidates.map(() => 0);
    const correct = candidates.map(() => 0);
    const parts = plan.flatMap((requests, place) => {
      const step = epoch * stepsPerEpoch + place + 1;
      const inParts = inBatches(requests, partSize);
      return inParts.map((part, i) => {
        return { part, step, share: part.length / requests.length, last: i === inParts.length - 1 };
      });
    });
    const progress = begin({
      title: `epoch ${epoch + 1} of ${epochs}`,
      total: samples.length,
      unit: samples.length === 1 ? 'sample' : 'samples',
    });
    let at = 0;
    try {
      for await (const batch of source.batches(parts.map(({ part }) => part))) {
        const { step, ...place } = parts[at++]!;
        const outputs = await runner.train(batch, source.layout, step, ratesAt(step), place);
        for (const i of candidates.keys()) {
          loss[i]! += (outputs.loss[i]! * batch.labels.length) / samples.length;
          correct[i]! += outputs.correct[i]!;
        }
        progress.advance(false, batch.labels.length);
      }
    } finally {
      progress.close();
    }
    summary = { epoch: epoch + 1, loss, top1: correct.map((count) => (100 * count) / samples.length) };
    await options.onEpoch?.(summary);
  }
  return summary;
}
