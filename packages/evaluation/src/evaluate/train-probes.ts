import { inputsAhead } from '@vjepa/engine';
import { type BeginTask, noProgress } from '@vjepa/training';
import { type EpochPosition, trainEpochs } from '../train-epochs.js';
import { type Candidate, type ProbeTraining, probeSchedule } from './candidates.js';
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

/** Where a training of probes is, and what the epoch that has begun has come to so far. */
export interface TrainingPosition extends EpochPosition {
  /** Loss, each sample's share of it, of each candidate. */
  loss: number[];
  /** Correct answers of each candidate. */
  correct: number[];
}

export interface TrainProbesOptions {
  training: ProbeTraining;
  runner: ProbeRunner;
  candidates: readonly Candidate[];
  source: FeatureSource;
  /** Positions of the training samples in the source. */
  samples: readonly number[];
  /** Draws the probes' first parameters and the order of the samples. */
  seed: number;
  /** Samples that pass the probes together: a batch comes in parts of so many. Default: the batch. */
  partSize?: number | undefined;
  /** Where the training is whose state the runner holds. Default: at its beginning, with fresh parameters. */
  from?: TrainingPosition | undefined;
  /** Opens a bar for each epoch. */
  begin?: BeginTask | undefined;
  /** Awaited after each epoch. */
  onEpoch?: ((summary: EpochSummary) => Promise<void> | void) | undefined;
  /** Ends the training after the step that is under way, with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Awaited before the training ends for the signal, or for what `onEpoch` threw: the runner's state is of here. */
  onInterrupted?: ((position: TrainingPosition) => Promise<void>) | undefined;
}

/**
 * Trains the runner's probes, all on the same batches (V-JEPA, section 4.2). From the same position and state it goes on
 * as if it had never stopped.
 *
 * @returns what the last epoch did; undefined where none was left
 */
export async function trainProbes(options: TrainProbesOptions): Promise<EpochSummary | undefined> {
  const { training, runner, candidates, samples, seed, from, onEpoch, signal, onInterrupted } = options;
  const zeros = () => candidates.map(() => 0);
  if (from === undefined) await runner.reset(freshProbe(runner.probe, seed));
  let summary: EpochSummary | undefined;
  await trainEpochs<TrainingPosition>({
    ...{ epochs: training.epochs, from, signal, onInterrupted },
    beginning: (epochs) => ({ epochs, steps: 0, loss: zeros(), correct: zeros() }),
    steps: (position) => epochSteps(options, position),
    async onEpoch({ epochs, loss, correct }) {
      summary = { epoch: epochs + 1, loss, top1: correct.map((count) => (100 * count) / samples.length) };
      await onEpoch?.(summary);
    },
  });
  return summary;
}

/** The rest of an epoch, step by step. */
async function* epochSteps(
  { training, runner, candidates, source, samples, seed, begin = noProgress, ...options }: TrainProbesOptions,
  { epochs: epoch, steps: done, loss, correct }: TrainingPosition,
): AsyncGenerator<TrainingPosition> {
  const { epochs, batchSize, reshuffle } = training;
  const partSize = Math.min(options.partSize ?? batchSize, batchSize);
  const stepsPerEpoch = Math.ceil(samples.length / batchSize);
  const ratesAt = probeSchedule(training, candidates, stepsPerEpoch);
  const plan = trainingPlan(samples, { epoch, batchSize, seed, reshuffle });
  const parts = plan.slice(done).flatMap((requests, place) => {
    const inParts = inBatches(requests, partSize);
    return inParts.map((part, i) => {
      const last = i === inParts.length - 1;
      return { part, step: done + place + 1, share: part.length / requests.length, last };
    });
  });
  async function* updates() {
    const inOrder = parts.map(({ part }) => part);
    let at = 0;
    for await (const batch of source.batches(inOrder, samples)) {
      const { step, share, last } = parts[at++]!;
      const counted = epoch * stepsPerEpoch + step;
      const inputs = runner.trainingInputs(batch, source.layout, counted, ratesAt(counted), { share, last });
      yield { samples: batch.labels.length, step, last, inputs };
    }
  }
  const progress = begin({
    title: `epoch ${epoch + 1} of ${epochs}`,
    total: samples.length,
    unit: samples.length === 1 ? 'sample' : 'samples',
  });
  if (done > 0) progress.advance(false, Math.min(done * batchSize, samples.length));
  const sums = { loss: [...loss], correct: [...correct] };
  try {
    for await (const { samples: count, step, last, inputs } of inputsAhead(runner, updates())) {
      const outputs = await runner.train(inputs, source.layout);
      for (const i of candidates.keys()) {
        sums.loss[i]! += (outputs.loss[i]! * count) / samples.length;
        sums.correct[i]! += outputs.correct[i]!;
      }
      progress.advance(false, count);
      // The parts of a batch are one step.
      if (last) yield { epochs: epoch, steps: step, loss: [...sums.loss], correct: [...sums.correct] };
    }
  } finally {
    progress.close();
  }
}
