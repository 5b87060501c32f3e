import { type ClassificationResult, classificationMetric } from '@vjepa/benchmarks';
import { CommandError } from '../command-error.js';
import type { BadSample, FeatureSource } from './feature-source.js';
import type { LabelledSet } from './labelled-set.js';
import type { ProbeRunner } from './probe-runner.js';
import { everySample } from './sample-plan.js';

/** One probe's answer about one sample. */
export interface Prediction {
  path: string;
  label: number;
  /** [classes] */
  probabilities: Float64Array;
}

export interface EvaluateOptions {
  runner: ProbeRunner;
  set: LabelledSet;
  source: FeatureSource;
  classes: readonly string[] | number;
  batchSize: number;
  /** How many samples may be missing or unreadable; they count as wrong. */
  allowMissing: number;
  /** Told of every answer of every probe. */
  onPrediction?: (probe: number, prediction: Prediction) => void;
}

/**
 * Accuracy of every probe on every sample of a set, each counted once, whatever the batch size.
 *
 * @throws CommandError when more than `allowMissing` samples are missing or cannot be read
 */
export async function evaluateProbes(options: EvaluateOptions): Promise<ClassificationResult[]> {
  const { runner, set, source, classes, allowMissing } = options;
  const expected = set.entries.length + set.missing.length;
  const metrics = Array.from({ length: runner.count }, () => classificationMetric({ classes, expected }));
  const bad: BadSample[] = set.missing.map(({ path, label }) => ({ index: -1, path, label, reason: 'missing' }));
  const { layout } = source;
  const sampleLength = layout.looks * layout.tokens * layout.width;

  for await (const batch of source.batches(everySample(set.entries.length, options.batchSize))) {
    bad.push(...batch.bad);
    requireFew(set, bad, allowMissing);
    const unreadable = new Set(batch.bad.map(({ index }) => index));
    const answers = await runner.probabilities(batch.features, layout);
    const kept = batch.indices.flatMap((index, place) => (unreadable.has(index) ? [] : [place]));
    if (batch.features.length !== batch.indices.length * sampleLength) throw new Error('a batch of another layout');
    for (const [probe, probabilities] of answers.entries()) {
      const size = probabilities.length / batch.indices.length;
      const scores = new Float64Array(kept.length * size);
      for (const [row, place] of kept.entries()) {
        const own = probabilities.subarray(place * size, (place + 1) * size);
        scores.set(own, row * size);
        const { path, label } = set.entries[batch.indices[place]!]!;
        options.onPrediction?.(probe, { path, label, probabilities: own.slice() });
      }
      const labels = kept.map((place) => batch.labels[place]!);
      metrics[probe]!.add({ scores, labels, indices: kept.map((place) => batch.indices[place]!) });
    }
  }
  requireFew(set, bad, allowMissing);
  for (const metric of metrics) {
    for (const { path, label, reason, index } of bad) {
      metric.addFailure({ path, label, reason, ...(index < 0 ? {} : { index }) });
    }
  }
  return metrics.map((metric) => metric.result());
}

function requireFew({ source, entries, missing }: LabelledSet, bad: readonly BadSample[], allowed: number): void {
  if (bad.length <= allowed) return;
  const listed = bad
    .slice(0, 10)
    .map(({ path, reason }) => `\n  ${reason.includes(path) ? reason : `${path}: ${reason}`}`);
  throw new CommandError(
    `${source}: ${bad.length} of ${entries.length + missing.length} samples cannot be read, ${allowed} allowed; mend them, ` +
      `or count them as wrong with --allow-missing ${bad.length}:${listed.join('')}`,
  );
}
