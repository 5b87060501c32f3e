import type { StepMetrics } from '../run/metrics-file.js';

/** Below this the targets of a clip are all alike, and nothing is left to compare with. */
const LEAST = 1e-6;

/**
 * The prediction loss over that of predicting each clip's mean target: 1 for a predictor that knows no more of a clip, about 2
 * for a fresh one. Undefined where the statistics are not recorded.
 */
export function relativeLoss(step: Pick<StepMetrics, 'loss' | 'loss_jepa' | 'loss_of_mean'>): number | undefined {
  const { loss_of_mean: ofMean, loss_jepa: prediction = step.loss } = step;
  return typeof ofMean === 'number' && ofMean > LEAST ? prediction / ofMean : undefined;
}
