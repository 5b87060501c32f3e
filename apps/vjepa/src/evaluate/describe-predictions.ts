import type { ClassificationResult } from '@vjepa/benchmarks';
import { likeliestClasses, type Prediction } from '@vjepa/evaluation';
import { textTable } from '../text-table.js';
import { percent } from './evaluation-report.js';

/** How many samples are listed with their likeliest classes. */
export const MOST_LISTED = 50;

/**
 * A line for each sample, its label and the three likeliest classes with their probabilities, and the accuracy.
 *
 * @param listed the first `MOST_LISTED` answers
 * @param answered how many there are
 */
export function describePredictions(
  listed: readonly Prediction[],
  answered: number,
  { top1, top5, meanPerClass, count }: ClassificationResult,
  classes: readonly string[] | number,
): string {
  const more = answered > MOST_LISTED ? `… and ${answered - MOST_LISTED} more\n` : '';
  const accuracy = `top-1 ${percent(top1)}, top-5 ${percent(top5)}, per class ${percent(meanPerClass)}`;
  return `${tableOf(listed, classes)}\n${more}\n${count} samples: ${accuracy}\n`;
}

function tableOf(predictions: readonly Prediction[], classes: readonly string[] | number): string {
  const rows = predictions.map(({ path, label, probabilities }) => {
    const likeliest = likeliestClasses(probabilities, classes, 3);
    const own = typeof classes === 'number' ? String(label) : classes[label]!;
    return [path, own, ...likeliest.map(({ name, probability }) => `${name} ${(100 * probability).toFixed(1)} %`)];
  });
  return textTable(['sample', 'label', 'likeliest', 'second', 'third'], rows);
}
