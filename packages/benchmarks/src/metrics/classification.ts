/** Scores of a batch and what they should have been. */
export interface ClassificationBatch {
  /** [B, C] row-major; logits or probabilities, higher is likelier. */
  scores: Float32Array | Float64Array | readonly number[];
  /** [B] class indices. */
  labels: Int32Array | readonly number[];
  /** [B] positions in the split; with them a sample that comes twice is an error. */
  indices?: ArrayLike<number>;
}

/** A sample that could not be read. It is counted as wrong. */
export interface FailedSample {
  path: string;
  label: number;
  reason: string;
  /** Position in the split, as in {@link ClassificationBatch.indices}. */
  index?: number;
}

/** How one class did. */
export interface ClassResult {
  name: string;
  /** Samples of the class, unreadable ones included. */
  count: number;
  correct: number;
  /** Percent; NaN for a class without samples. */
  accuracy: number;
}

/** What a classifier did on a set. */
export interface ClassificationResult {
  /** Samples counted, unreadable ones included. */
  count: number;
  /** Percent of samples whose label has the highest score. */
  top1: number;
  /** Percent of samples whose label is among the five highest scores (or all, for fewer classes). */
  top5: number;
  /** Mean over the classes that occur of each class's top-1, in percent. */
  meanPerClass: number;
  /**
   * The same mean of each class's top-5, in percent: class-mean recall at 5, by which action anticipation on
   * EPIC-Kitchens is judged.
   */
  meanPerClassTop5: number;
  perClass: ClassResult[];
  /** Cells of the confusion matrix that are not zero, by label, then prediction. Unreadable samples are in none. */
  confusion: { label: number; prediction: number; count: number }[];
  failures: FailedSample[];
}

/** The classes, and the samples that must come. */
export interface ClassificationMetricOptions {
  /** In label order; or the number of classes. */
  classes: readonly string[] | number;
  /** Samples there should be; {@link ClassificationMetric.result} fails for another number. */
  expected?: number | undefined;
}

/** Counts right answers batch by batch, each sample once. */
export interface ClassificationMetric {
  /** @throws RangeError for shapes that do not fit, labels out of range, NaN scores and samples that come twice */
  add(batch: ClassificationBatch): void;
  /** Counts a sample that could not be read as wrong. */
  addFailure(sample: FailedSample): void;
  /** @throws Error when not every expected sample, or none, was added */
  result(): ClassificationResult;
}

/**
 * Counts correct predictions. Only whole numbers are added up, so the result does not depend on the batch size or on
 * the order of the samples. Of equal scores the lower class index ranks first.
 */
export function classificationMetric({ classes, expected }: ClassificationMetricOptions): ClassificationMetric {
  const names = typeof classes === 'number' ? Array.from({ length: classes }, (_, label) => String(label)) : classes;
  const size = names.length;
  const counts = new Uint32Array(size);
  const correct = new Uint32Array(size);
  const correct5 = new Uint32Array(size);
  const confusion = new Map<number, number>();
  const failures: FailedSample[] = [];
  const seen = new Set<number>();

  const countSample = (label: number, index: number | undefined) => {
    if (!Number.isInteger(label) || label < 0 || label >= size) {
      throw new RangeError(`label ${label} is outside the ${size} classes (0..${size - 1})`);
    }
    if (index !== undefined) {
      if (seen.has(index)) throw new RangeError(`sample ${index} was counted before; every sample counts once`);
      seen.add(index);
    }
    counts[label]!++;
  };

  return {
    add({ scores, labels, indices }) {
      if (scores.length !== labels.length * size) {
        throw new RangeError(
          `scores hold ${scores.length} numbers, expected ${labels.length} samples x ${size} classes`,
        );
      }
      for (let sample = 0; sample < labels.length; sample++) {
        const label = labels[sample]!;
        countSample(label, indices?.[sample]);
        const { rank, prediction } = rankOf(scores, sample * size, size, label);
        if (rank === 0) correct[label]!++;
        if (rank < 5) correct5[label]!++;
        const cell = label * size + prediction;
        confusion.set(cell, (confusion.get(cell) ?? 0) + 1);
      }
    },
    addFailure(sample) {
      countSample(sample.label, sample.index);
      failures.push(sample);
    },
    result() {
      const count = sum(counts);
      if (count === 0) throw new Error('no samples were added; there is nothing to report');
      if (expected !== undefined && count !== expected) {
        throw new Error(`${count} samples were counted, expected ${expected}; every sample must count once`);
      }
      const perClass = names.map((name, label) => ({
        name,
        count: counts[label]!,
        correct: correct[label]!,
        accuracy: (100 * correct[label]!) / counts[label]!,
      }));
      return {
        count,
        top1: (100 * sum(correct)) / count,
        top5: (100 * sum(correct5)) / count,
        meanPerClass: meanOfClasses(correct, counts),
        meanPerClassTop5: meanOfClasses(correct5, counts),
        perClass,
        confusion: [...confusion]
          .sort(([a], [b]) => a - b)
          .map(([cell, cellCount]) => ({ label: Math.floor(cell / size), prediction: cell % size, count: cellCount })),
        failures: [...failures].sort(byPath),
      };
    },
  };
}

/** Place of the label among the scores (0 is first), and the class that is first. */
function rankOf(scores: ArrayLike<number>, offset: number, size: number, label: number) {
  const own = scores[offset + label]!;
  let rank = 0;
  let prediction = 0;
  for (let other = 0; other < size; other++) {
    const score = scores[offset + other]!;
    if (Number.isNaN(score)) {
      throw new RangeError(`the score of class ${other} is not a number (sample ${offset / size} of the batch)`);
    }
    if (score > own || (score === own && other < label)) rank++;
    if (score > scores[offset + prediction]!) prediction = other;
  }
  return { rank, prediction };
}

/** Mean over the classes that occur of the percentage that is right. */
function meanOfClasses(right: Uint32Array, counts: Uint32Array): number {
  const present = [...counts.keys()].filter((label) => counts[label]! > 0);
  return present.reduce((total, label) => total + (100 * right[label]!) / counts[label]!, 0) / present.length;
}

function byPath(a: FailedSample, b: FailedSample): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

function sum(values: Uint32Array): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The whole confusion matrix, [C, C] row-major: rows are labels, columns predictions. */
export function confusionMatrix(result: ClassificationResult): Uint32Array {
  const size = result.perClass.length;
  const matrix = new Uint32Array(size * size);
  for (const { label, prediction, count } of result.confusion) matrix[label * size + prediction] = count;
  return matrix;
}
