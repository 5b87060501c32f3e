import { noProgress } from '@vjepa/training';
import type { MeasuredResult } from './answered-task.js';
import type { DivergedProbes } from './diverged-probes.js';
import type { EvaluatedFeatures, EvaluationContext, TrainingContext } from './evaluation-context.js';
import { type FeatureSource, probeBatch } from './feature-source.js';
import type { LabelledSet } from './labelled-set.js';
import { measureAccuracy, type Prediction } from './measure-accuracy.js';
import { openPredictionsFile } from './predictions-file.js';
import { probeAnswers } from './probe-answers.js';
import type { ProbeRunner } from './probe-runner.js';

/** Of each probe; undefined for those that have diverged. */
export type ProbeResults = (MeasuredResult | undefined)[];

/** The probes' answers about the validation set. */
export async function validate(
  context: EvaluationContext & { features: EvaluatedFeatures; runner: ProbeRunner },
  diverged: DivergedProbes,
): Promise<ProbeResults> {
  const results = await measure(context, context.validation, context.features.validation, diverged);
  diverged.requireOne();
  return results;
}

/** The probes' answers about samples that were held out, seen as at test time; one that cannot be read counts as wrong. */
export async function measureHeldOut(
  context: TrainingContext,
  samples: readonly number[],
  diverged: DivergedProbes,
): Promise<ProbeResults> {
  const { train, sources } = context;
  const entries = samples.map((index) => train.entries[index]!);
  const set = { ...train, source: `${train.source} (held out)`, entries, missing: [] };
  const source = await sources.validation(set);
  try {
    const results = await measure(context, set, source, diverged, { allowMissing: entries.length });
    diverged.requireOne();
    return results;
  } finally {
    await source.close();
  }
}

interface MeasuredSet {
  onPrediction?: (probe: number, prediction: Prediction) => void;
  /** Default: as many as of the validation set. */
  allowMissing?: number;
}

/** The probes' answers about a set, from its features. */
export async function measure(
  { runner, classes, tasks, options, plan }: EvaluationContext & { runner: ProbeRunner },
  set: LabelledSet,
  source: FeatureSource,
  diverged: DivergedProbes,
  { onPrediction, allowMissing = options.allowMissing ?? 0 }: MeasuredSet = {},
): Promise<ProbeResults> {
  const most = Math.max(source.preferredBatch, plan.training.batchSize);
  const asked = { probe: runner.probe, count: runner.count };
  const batchSize = probeBatch(source.layout, most, plan.probeBatch, asked);
  const answers = probeAnswers(runner, source, set.entries.length, batchSize);
  const { begin = noProgress, signal } = options;
  const progress = begin({ title: 'asking the probes', total: set.entries.length, unit: 'samples' });
  const onProgress = (samples: number) => {
    progress.advance(false, samples);
    signal?.throwIfAborted();
  };
  const classifiers = { answers, classifiers: runner.count, diverged };
  return measureAccuracy({ ...classifiers, set, classes, tasks, allowMissing, onPrediction, onProgress }).finally(() =>
    progress.close(),
  );
}

/** The chosen probe's answers, of the first training alone. */
export async function writePredictions(
  context: EvaluationContext & { features: EvaluatedFeatures; runner: ProbeRunner; first: boolean },
  chosen: number,
  diverged: DivergedProbes,
): Promise<void> {
  const { options, classes, validation, features, first } = context;
  if (options.predictions === undefined || !first) return;
  using file = openPredictionsFile(options.predictions, typeof classes === 'number' ? undefined : classes);
  await measure(context, validation, features.validation, diverged, {
    onPrediction(probe, prediction) {
      if (probe === chosen) file.add(prediction);
    },
  });
  file.finish();
}
