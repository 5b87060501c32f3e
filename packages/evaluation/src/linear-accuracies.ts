import { type LabelledVectors, ridgeClassifier } from '@vjepa/probe';

/** Shares of test videos whose class was predicted, 0..1. */
export interface LinearAccuracies {
  appearance: number;
  motion: number;
}

/**
 * What a linear classifier reads off frozen features: it is fitted to the training videos, by ridge regression in closed
 * form, and asked about the test videos.
 *
 * @param train features of each video, its label appearance x motion
 * @param motions number of motions: a label is appearance · motions + motion
 */
export function linearAccuracies(
  train: LabelledVectors,
  test: LabelledVectors,
  { appearances, motions }: { appearances: number; motions: number },
): LinearAccuracies {
  const accuracy = (numClasses: number, labelOf: (joint: number) => number) => {
    const answers = ridgeClassifier({ ...train, labels: train.labels.map(labelOf) }, numClasses)(test.vectors);
    return answers.filter((answer, i) => answer === labelOf(test.labels[i]!)).length / answers.length;
  };
  return {
    appearance: accuracy(appearances, (joint) => Math.floor(joint / motions)),
    motion: accuracy(motions, (joint) => joint % motions),
  };
}
