import type { ClassificationResult } from '@vjepa/benchmarks';
import type { Prediction } from '@vjepa/evaluation';
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
  const names = typeof classes === 'number' ? undefined : classes;
  const more = answered > MOST_LISTED ? `… and ${answered - MOST_LISTED} more\n` : '';
  const accuracy = `top-1 ${percent(top1)}, top-5 ${percent(top5)}, per class ${percent(meanPerClass)}`;
  return `${tableOf(listed, names)}\n${more}\n${count} samples: ${accuracy}\n`;
}

function tableOf(predictions: readonly Prediction[], names: readonly string[] | undefined): string {
  const nameOf = (label: number) => names?.[label] ?? String(label);
  const rows = predictions.map(({ path, label, probabilities }) => {
    const order = [...probabilities.keys()].sort((a, b) => probabilities[b]! - probabilities[a]!).slice(0, 3);
    return [path, nameOf(label), ...order.map((c) => `${nameOf(c)} ${(100 * probabilities[c]!).toFixed(1)} %`)];
  });
  return textTable(['sample', 'label', 'likeliest', 'second', 'third'], rows);
}
