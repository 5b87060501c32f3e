import type { Tensor } from '@tensorflow/tfjs-core';
import type { FeedTree, HostTree } from '@vjepa/engine';
import type { MaskTree, PretrainingInputs } from '@vjepa/jepa';
import type { MaskPair } from '@vjepa/masks';
import type { ClipBatch } from '@vjepa/video';
import type { StepSchedule } from './step-schedule.js';

/** What a planned step is fed, of V-JEPA 2.1 with lambda beside it. */
export type PlannedInputs = PretrainingInputs & { contextWeight?: Tensor | undefined };

/**
 * What a step is fed: pixels 0..255 [B, T, H, W, 3], the masks' indices [B, K], and the schedules' values.
 *
 * @param step AdamW's t, counted from 1: the run's steps, and the updates that its moments were of before
 */
export function stepInputs(
  step: number,
  batch: Pick<ClipBatch, 'clips' | 'shape'>,
  masks: readonly MaskPair[],
  schedule: StepSchedule,
): FeedTree<PlannedInputs> {
  return {
    clips: { shape: batch.shape, data: batch.clips },
    step,
    learningRate: schedule.learning_rate,
    weightDecay: schedule.weight_decay,
    momentum: schedule.momentum,
    clipNorm: schedule.clip_norm,
    ...(schedule.context_weight !== undefined && { contextWeight: schedule.context_weight }),
    ...maskInputs(masks),
  };
}

/** Masks as steps take them. */
export function maskInputs(masks: readonly MaskPair[]): HostTree<MaskTree> {
  const indices = (kind: 'context' | 'target') =>
    masks.map(({ [kind]: { shape, indices } }) => ({ shape, data: indices }));
  return { context: indices('context'), target: indices('target') };
}
