/** A scored answer: whether it is right. */
export interface ScoredAnswer {
  score: number;
  correct: boolean;
}

/** How {@link averagePrecision} counts. */
export interface AveragePrecisionOptions {
  /**
   * 'step' (default): the sum of precision times the rise in recall, as in multi-label classification. 'envelope':
   * precision is first raised to the highest that any larger recall reaches, as PASCAL VOC since 2010 and AVA do.
   */
  interpolation?: 'step' | 'envelope' | undefined;
}

/**
 * Area under the precision-recall curve, in [0, 1]. Answers of equal score enter together, so their order cannot
 * matter.
 *
 * @param positives things there were to find; those in no answer lower the recall that can be reached
 * @returns NaN when there was nothing to find
 */
export function averagePrecision(
  answers: readonly ScoredAnswer[],
  positives: number,
  { interpolation = 'step' }: AveragePrecisionOptions = {},
): number {
  if (positives === 0) return Number.NaN;
  const { precisions, recalls } = curve(answers, positives);
  if (interpolation === 'envelope') raiseToEnvelope(precisions);
  let area = 0;
  let recall = 0;
  for (let point = 0; point < recalls.length; point++) {
    area += (recalls[point]! - recall) * precisions[point]!;
    recall = recalls[point]!;
  }
  return area;
}

/** One point per distinct score, from the highest down. */
function curve(answers: readonly ScoredAnswer[], positives: number): { precisions: number[]; recalls: number[] } {
  const sorted = [...answers].sort((a, b) => b.score - a.score);
  const precisions: number[] = [];
  const recalls: number[] = [];
  let found = 0;
  for (const [place, { score, correct }] of sorted.entries()) {
    if (correct) found++;
    if (sorted[place + 1]?.score === score) continue;
    precisions.push(found / (place + 1));
    recalls.push(found / positives);
  }
  return { precisions, recalls };
}

function raiseToEnvelope(precisions: number[]): void {
  for (let point = precisions.length - 2; point >= 0; point--) {
    precisions[point] = Math.max(precisions[point]!, precisions[point + 1]!);
  }
}
