import { learningRateSchedule, momentumSchedule, scheduleLengths, weightDecaySchedule } from '@vjepa/optim';
import type { PretrainingConfig } from '../config/pretraining-config.js';

/** Everything about a step that follows from its number alone. */
export interface StepSchedule {
  /** 1-based epoch and 0-based step in it. */
  epoch: number;
  iteration: number;
  learning_rate: number;
  weight_decay: number;
  /** Of the target encoder's moving average. */
  momentum: number;
  /** The global norm gradients are clipped to; 0: not clipped. */
  clip_norm: number;
}

/** How long a run is, in steps. */
export interface RunLength {
  stepsPerEpoch: number;
  totalSteps: number;
}

/** An epoch is `ipe` steps, or one pass over the index when the config leaves that open. */
export function runLength({ data, optimization }: PretrainingConfig, videos: number): RunLength {
  const stepsPerEpoch = optimization.ipe ?? Math.max(1, Math.floor(videos / data.batch_size));
  return { stepsPerEpoch, totalSteps: stepsPerEpoch * optimization.epochs };
}

/** Learning rate, weight decay, momentum and clipping at a step, counted from 1, as the reference schedules them. */
export function stepSchedule(
  { optimization }: PretrainingConfig,
  stepsPerEpoch: number,
): (step: number) => StepSchedule {
  const { epochs, warmup, ipe_scale: scale, start_lr, lr, final_lr, clip_grad, ema } = optimization;
  const lengths = scheduleLengths({ epochs, iterationsPerEpoch: stepsPerEpoch, warmupEpochs: warmup, scale });
  const learningRate = learningRateSchedule({ start: start_lr, reference: lr, final: final_lr }, lengths);
  const decay = { reference: optimization.weight_decay, final: optimization.final_weight_decay };
  const weightDecay = weightDecaySchedule(decay, lengths);
  const momentum = momentumSchedule({ start: ema[0], end: ema[1] }, lengths);
  return (step) => {
    const epoch = Math.floor((step - 1) / stepsPerEpoch);
    return {
      epoch: epoch + 1,
      iteration: (step - 1) % stepsPerEpoch,
      learning_rate: learningRate(step),
      weight_decay: weightDecay(step),
      momentum: momentum(step),
      // Clipping starts one epoch after the warm-up has ended, as in the reference.
      clip_norm: clip_grad !== null && epoch > warmup ? clip_grad : 0,
    };
  };
}
