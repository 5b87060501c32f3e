import type { DetectionResult } from '@vjepa/benchmarks';
import { textTable } from '@vjepa/training';
import { percent } from '../evaluate/percent.js';

/** A row for each action, the surest first, and the mean of all. */
export function describeDetection({ perClass, meanAveragePrecision }: DetectionResult): string {
  const rows = [...perClass]
    .sort((a, b) => b.averagePrecision - a.averagePrecision)
    .map(({ name, positives, averagePrecision }) => [name, String(positives), percent(averagePrecision)]);
  return `${textTable(['action', 'boxes', 'average precision'], rows)}\n\nmAP at 0.5 overlap: ${percent(meanAveragePrecision)}`;
}
