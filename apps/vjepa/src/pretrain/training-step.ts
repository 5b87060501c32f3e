import type { HostTensor, StepFunction } from '@vjepa/engine';
import { pretrainingStep } from '@vjepa/jepa';
import type { MaskPair } from '@vjepa/masks';
import type { ClipBatch } from '@vjepa/video';
import type { PretrainingConfig } from '../config/pretraining-config.js';
import { pretrainingModel } from './model.js';
import type { StepSchedule } from './step-schedule.js';

/** The training step of the config's model (V-JEPA, section 3). */
export function trainingStep(config: PretrainingConfig): StepFunction {
  return pretrainingStep({
    ...pretrainingModel(config),
    lossExponent: config.loss.loss_exp,
    regularizerCoefficient: config.loss.reg_coeff,
    adamW: {
      beta1: config.optimization.betas[0],
      beta2: config.optimization.betas[1],
      epsilon: config.optimization.eps,
    },
    recompute: config.optimization.recompute,
    statistics: config.logging.statistics,
  });
}

/** What a step is fed: pixels 0..255 [B, T, H, W, 3], the masks' indices [B, K], and the schedules' values. */
export function stepInputs(
  step: number,
  batch: Pick<ClipBatch, 'clips' | 'shape'>,
  masks: readonly MaskPair[],
  schedule: StepSchedule,
) {
  const inputs: Record<string, HostTensor | number> = {
    clips: { shape: batch.shape, data: batch.clips },
    step,
    learning_rate: schedule.learning_rate,
    weight_decay: schedule.weight_decay,
    momentum: schedule.momentum,
    clip_norm: schedule.clip_norm,
  };
  for (const [i, { context, target }] of masks.entries()) {
    inputs[`context.${i}`] = { shape: context.shape, data: context.indices };
    inputs[`target.${i}`] = { shape: target.shape, data: target.indices };
  }
  return inputs;
}
