import {
  contextWeightSchedule,
  coolDownSchedule,
  learningRateSchedule,
  momentumSchedule,
  type ScheduleLengths,
  scheduleLengths,
  weightDecaySchedule,
} from '@vjepa/optim';
import { splitEncoderName } from '@vjepa/vit';
import type { FilledInSettings } from './pretraining-settings.js';

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
  /** V-JEPA 2.1: lambda, the weight of the loss of visible tokens. */
  context_weight?: number;
}

/** Steps of the warm-up, and over which a run's schedules are laid out. */
export function runLengths(
  { epochs, optimization }: Pick<FilledInSettings, 'epochs' | 'optimization'>,
  stepsPerEpoch: number,
): ScheduleLengths {
  const { warmupEpochs, scheduleScale: scale } = optimization;
  return scheduleLengths({ epochs, iterationsPerEpoch: stepsPerEpoch, warmupEpochs, scale });
}

/** Learning rate, weight decay, momentum and clipping at a step, counted from 1, as the reference schedules them. */
export function stepSchedule(
  settings: Pick<FilledInSettings, 'model' | 'epochs' | 'objective' | 'optimization'>,
  stepsPerEpoch: number,
): (step: number) => StepSchedule {
  const { optimization } = settings;
  const { warmupEpochs, clipNorm, decay } = optimization;
  const lengths = runLengths(settings, stepsPerEpoch);
  const rateSchedule = decay === 'cool-down' ? coolDownSchedule : learningRateSchedule;
  const learningRate = rateSchedule(optimization.learningRate, lengths);
  const weightDecay = weightDecaySchedule(optimization.weightDecay, lengths);
  const momentum = momentumSchedule(optimization.momentum, lengths);
  const contextWeight = contextWeightAt(settings, stepsPerEpoch);
  return (step) => {
    const epoch = Math.floor((step - 1) / stepsPerEpoch);
    return {
      epoch: epoch + 1,
      iteration: (step - 1) % stepsPerEpoch,
      learning_rate: learningRate(step),
      weight_decay: weightDecay(step),
      momentum: momentum(step),
      // Clipping starts one epoch after the warm-up has ended, as in the reference.
      clip_norm: epoch > warmupEpochs ? clipNorm : 0,
      ...(contextWeight && { context_weight: contextWeight(step) }),
    };
  };
}

/** Lambda at a step, counted from 1; undefined where visible tokens are not predicted. */
export function contextWeightAt(
  {
    model,
    objective,
  }: Pick<FilledInSettings, 'model'> & { objective: Pick<FilledInSettings['objective'], 'contextWeight'> },
  stepsPerEpoch: number,
): ((step: number) => number) | undefined {
  if (splitEncoderName(model).version !== '2.1') return undefined;
  const { weight, startEpochs, endEpochs } = objective.contextWeight;
  const steps = (count: number | undefined) => (count === undefined ? undefined : Math.trunc(count * stepsPerEpoch));
  return contextWeightSchedule({ weight, start: steps(startEpochs), end: steps(endEpochs) });
}
