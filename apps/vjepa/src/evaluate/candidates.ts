import { learningRateSchedule, weightDecaySchedule } from '@vjepa/optim';
import type { EvaluationConfig } from '../config/evaluation-config.js';
import type { ProbeRates } from './probe-runner.js';

/** What one probe of a sweep is trained with. */
export interface Candidate {
  learningRate: number;
  weightDecay: number;
}

/** Every pair of the sweep's learning rates and weight decays; without a sweep the config's own pair. */
export function candidatesOf({ sweep, optimization }: EvaluationConfig): Candidate[] {
  const learningRates = sweep?.lr ?? [optimization.lr];
  const weightDecays = sweep?.weight_decay ?? [optimization.weight_decay];
  return learningRates.flatMap((learningRate) => weightDecays.map((weightDecay) => ({ learningRate, weightDecay })));
}

/**
 * Learning rate and weight decay of each candidate at a step, counted from 1: half cosines over the whole training,
 * which end at step epochs x steps an epoch, as the reference has them.
 */
export function probeSchedule(
  { optimization }: EvaluationConfig,
  candidates: readonly Candidate[],
  stepsPerEpoch: number,
): (step: number) => ProbeRates {
  const { num_epochs: epochs, warmup, start_lr, lr, final_lr, final_weight_decay: final, clip_grad } = optimization;
  const lengths = { warmupSteps: Math.trunc(warmup * stepsPerEpoch), horizon: epochs * stepsPerEpoch };
  const rates = candidates.map(({ learningRate, weightDecay }) => {
    // A sweep scales the start and the end of the rate with its peak.
    const scale = learningRate / lr;
    return {
      learningRate: learningRateSchedule(
        { start: start_lr * scale, reference: learningRate, final: final_lr * scale },
        lengths,
      ),
      weightDecay: weightDecaySchedule({ reference: weightDecay, final: Math.min(final, weightDecay) }, lengths),
    };
  });
  return (step) => ({
    learningRate: rates.map((rate) => rate.learningRate(step)),
    weightDecay: rates.map((rate) => rate.weightDecay(step)),
    clipNorm: clip_grad ?? 0,
  });
}
