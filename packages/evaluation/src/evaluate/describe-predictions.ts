import type { ClassificationResult } from '@vjepa/benchmarks';
import { textTable } from '@vjepa/training';
import { likeliestClasses } from '../classify/likeliest-classes.js';
import type { Prediction } from './measure-accuracy.js';
import { percent } from './percent.js';

/**
 * A line for each sample, its label and the three likeliest classes with their probabilities, and the accuracy.
 *
 * @param listed the first of the answers
 * @param answered how many there are
 */
export function describePredictions(
  listed: readonly Prediction[],
  answered: number,
  { top1, top5, meanPerClass, count }: ClassificationResult,
  classes: readonly string[] | number,
): string {
  const more = answered > listed.length ? `… and ${answered - listed.length} more\n` : '';
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
