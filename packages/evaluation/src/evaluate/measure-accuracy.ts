import { type ClassificationMetric, classificationMetric } from '@vjepa/benchmarks';
import { InputError, option, sentence } from '@vjepa/training';
import type { AnsweredTask, MeasuredResult } from './answered-task.js';
import { type BadSample, listBad } from './feature-source.js';
import type { LabelledSet } from './labelled-set.js';

/** Answers about some samples of a set. */
export interface AnswerBatch {
  /** Positions in the set. [B] */
  indices: readonly number[];
  /** Of each classifier [B, classes]; those of several tasks side by side. */
  probabilities: readonly Float64Array[];
  /** Those of the samples that cannot be read; their probabilities mean nothing. */
  bad: readonly BadSample[];
}

/** One classifier's answer about one sample. */
export interface Prediction {
  path: string;
  label: number;
  /** [classes]; of several tasks those of the last. */
  probabilities: Float64Array;
}

export interface MeasureOptions {
  /** Each sample of the set once, in any order and in batches of any size. */
  answers: AsyncIterable<AnswerBatch>;
  /** How many classifiers answer. */
  classifiers: number;
  set: LabelledSet;
  classes: readonly string[] | number;
  /** What is asked of each sample, where it is more than its label. */
  tasks?: readonly AnsweredTask[] | undefined;
  /** How many samples may be missing or unreadable; they count as wrong. */
  allowMissing: number;
  /** Told of every answer of every classifier. */
  onPrediction?: ((classifier: number, prediction: Prediction) => void) | undefined;
  /** Classifiers that are left out. One whose answers turn out not to be numbers is added to them. */
  diverged?: Set<number> | undefined;
  /** Told of the samples that were answered. */
  onProgress?: ((samples: number) => void) | undefined;
}

/**
 * Accuracy of every classifier on every sample of a set, each counted once; undefined for those left out.
 *
 * @throws InputError when more than `allowMissing` samples are missing or cannot be read, or when answers are no
 *   numbers and nobody leaves such a classifier out
 */
export async function measureAccuracy(options: MeasureOptions): Promise<(MeasuredResult | undefined)[]> {
  const { set, allowMissing, diverged } = options;
  const expected = set.entries.length + set.missing.length;
  const metrics = Array.from({ length: options.classifiers }, () => taskMetrics(options, expected));
  const bad: BadSample[] = set.missing.map(({ path, label }) => {
    return { index: -1, path, label, reason: 'missing', passing: false };
  });

  for await (const batch of options.answers) {
    bad.push(...batch.bad);
    requireFew(set, bad, allowMissing);
    const unreadable = new Set(batch.bad.map(({ index }) => index));
    for (const [classifier, probabilities] of batch.probabilities.entries()) {
      if (diverged?.has(classifier)) continue;
      const size = probabilities.length / batch.indices.length;
      for (const [place, index] of batch.indices.entries()) {
        if (unreadable.has(index)) continue;
        const { path, label } = set.entries[index]!;
        const scores = probabilities.slice(place * size, (place + 1) * size);
        if (!scores.every(Number.isFinite)) {
          if (diverged === undefined) throw noNumbers(path);
          diverged.add(classifier);
          break;
        }
        const own = metrics[classifier]!.add(scores, label, index);
        options.onPrediction?.(classifier, { path, label, probabilities: own });
      }
    }
    options.onProgress?.(batch.indices.length);
  }
  requireFew(set, bad, allowMissing);
  for (const metric of metrics) for (const sample of bad) metric.addFailure(sample);
  return metrics.map((metric, classifier) => (diverged?.has(classifier) ? undefined : metric.result()));
}

/** What one classifier did in each of its tasks. */
function taskMetrics({ classes, tasks }: MeasureOptions, expected: number) {
  const asked = tasks ?? [{ name: 'class', classes, labelOf: undefined }];
  let end = 0;
  const parts = asked.map(({ name, classes, labelOf }) => {
    const start = end;
    end += typeof classes === 'number' ? classes : classes.length;
    const metric: ClassificationMetric = classificationMetric({ classes, expected });
    return { name, metric, start, end, label: (label: number) => labelOf?.[label] ?? label };
  });
  const last = parts.at(-1)!;
  return {
    /** @returns the scores of the last task */
    add(scores: Float64Array, label: number, index: number): Float64Array {
      for (const part of parts) {
        const own = scores.subarray(part.start, part.end);
        part.metric.add({ scores: own, labels: [part.label(label)], indices: [index] });
      }
      return scores.subarray(last.start);
    },
    addFailure({ index, passing: _passing, ...sample }: BadSample) {
      for (const part of parts) {
        const failed = { ...sample, label: part.label(sample.label) };
        part.metric.addFailure(index < 0 ? failed : { ...failed, index });
      }
    },
    result(): MeasuredResult {
      const others = parts.slice(0, -1).map(({ name, metric }) => [name, metric.result()] as const);
      return { ...last.metric.result(), ...(tasks && { tasks: Object.fromEntries(others) }) };
    },
  };
}

/** What is wrong with a model that answers with NaN. */
export function noNumbers(path: string): InputError {
  return new InputError({
    subject: path,
    problem: 'the answer is not made of numbers (NaN): the model has diverged',
    remedy: 'train it with a lower learning rate, or give another',
    code: 'diverged',
  });
}

function requireFew({ source, entries, missing }: LabelledSet, bad: readonly BadSample[], allowed: number): void {
  if (bad.length <= allowed) return;
  const asWrong = option(`allowMissing: ${bad.length}`);
  throw new InputError({
    subject: source,
    problem: `${bad.length} of ${entries.length + missing.length} samples cannot be read, ${allowed} allowed`,
    remedy: sentence`mend them, or count them as wrong with ${asWrong}:${listBad(bad)}`,
    code: 'unreadable',
  });
}
