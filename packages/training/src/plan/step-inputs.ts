import type { HostInputs } from '@vjepa/engine';
import type { MaskPair } from '@vjepa/masks';
import type { ClipBatch } from '@vjepa/video';
import type { StepSchedule } from './step-schedule.js';

/** What a step is fed: pixels 0..255 [B, T, H, W, 3], the masks' indices [B, K], and the schedules' values. */
export function stepInputs(
  step: number,
  batch: Pick<ClipBatch, 'clips' | 'shape'>,
  masks: readonly MaskPair[],
  schedule: StepSchedule,
): HostInputs {
  const inputs: HostInputs = {
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
