import { averagePrecision, type ScoredAnswer } from './average-precision.js';
import type { FailedSample } from './classification.js';

/** Scores of a batch and the classes each sample has. */
export interface MultiLabelBatch {
  /** [B, C] row-major. */
  scores: Float32Array | Float64Array | readonly number[];
  /** [B, C] row-major, 1 where the sample has the class, else 0. */
  targets: ArrayLike<number>;
}

/** What a classifier of several labels did on a set. */
export interface MultiLabelResult {
  count: number;
  /** Mean over the classes that occur, in percent. */
  meanAveragePrecision: number;
  /** Percent; NaN for a class without samples. */
  perClass: { name: string; positives: number; averagePrecision: number }[];
  failures: Omit<FailedSample, 'label'>[];
}

/** Collects scores of samples that have several labels each, batch by batch. */
export interface MultiLabelMetric {
  /** @throws RangeError for shapes that do not fit and for NaN scores */
  add(batch: MultiLabelBatch): void;
  /** Counts a sample that could not be read: none of its classes is found. */
  addFailure(sample: Omit<FailedSample, 'label'> & { labels: readonly number[] }): void;
  result(): MultiLabelResult;
}

/** Mean average precision over classes. Keeps every score; the result does not depend on the order of the samples. */
export function multiLabelMetric(names: readonly string[]): MultiLabelMetric {
  const size = names.length;
  const answers: ScoredAnswer[][] = names.map(() => []);
  const positives = new Uint32Array(size);
  const failures: MultiLabelResult['failures'] = [];
  let count = 0;

  return {
    add({ scores, targets }) {
      if (scores.length !== targets.length || scores.length % size !== 0) {
        throw new RangeError(
          `scores hold ${scores.length} numbers and targets ${targets.length}; expected [B, ${size}]`,
        );
      }
      for (let at = 0; at < scores.length; at++) {
        const score = scores[at]!;
        if (Number.isNaN(score)) throw new RangeError(`the score of class '${names[at % size]}' is not a number`);
        const correct = targets[at] === 1;
        if (correct) positives[at % size]!++;
        answers[at % size]!.push({ score, correct });
      }
      count += scores.length / size;
    },
    addFailure({ labels, ...sample }) {
      for (const label of labels) {
        if (!(label >= 0 && label < size)) throw new RangeError(`label ${label} is outside the ${size} classes`);
        positives[label]!++;
      }
      failures.push(sample);
      count++;
    },
    result() {
      const perClass = names.map((name, label) => ({
        name,
        positives: positives[label]!,
        averagePrecision: 100 * averagePrecision(answers[label]!, positives[label]!),
      }));
      return { count, meanAveragePrecision: meanOfPresent(perClass), perClass, failures: [...failures] };
    },
  };
}

/** Mean over the classes that have something to find; NaN when none has. */
export function meanOfPresent(perClass: readonly { averagePrecision: number }[]): number {
  const present = perClass.filter((result) => !Number.isNaN(result.averagePrecision));
  return present.reduce((total, result) => total + result.averagePrecision, 0) / present.length;
}
