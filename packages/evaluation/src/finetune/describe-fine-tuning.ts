import { textTable } from '@vjepa/training';
import { percent } from '../evaluate/percent.js';
import type { FineTuningResults } from './fine-tune.js';

/** A row for each set that a fine-tuned model was asked about. */
export function describeFineTuning(results: FineTuningResults): string {
  const rows = (['validation', 'test'] as const).flatMap((set) => {
    const result = results[set];
    if (!result) return [];
    return [[set, String(result.count), percent(result.top1), percent(result.top5), percent(result.meanPerClass)]];
  });
  return textTable(['set', 'videos', 'top-1', 'top-5', 'per class'], rows);
}
