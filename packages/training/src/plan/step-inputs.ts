import type { Tensor } from '@tensorflow/tfjs-core';
import type { FeedTree, HostTree } from '@vjepa/engine';
import type { ClipGroup, MaskTree, PretrainingInputs } from '@vjepa/jepa';
import type { MaskPair } from '@vjepa/masks';
import type { ClipBatch } from '@vjepa/video';
import type { StepSchedule } from './step-schedule.js';

/** What a planned step is fed: V-JEPA's inputs, and of V-JEPA 2 other clips, of 2.1 lambda beside them. */
export type PlannedInputs = Omit<PretrainingInputs, 'lengths'> & {
  contextWeight?: Tensor | undefined;
  /** Where there is a guard: above which loss the step changes nothing. */
  lossLimit?: Tensor | undefined;
  others?: ClipGroup[] | undefined;
  /** Where masks are padded at their end: how many tokens there are, int32 scalars. */
  lengths?: (MaskTree & { others?: MaskTree[] | undefined }) | undefined;
};

/** Clips of one length and their masks. */
export interface FedClips {
  batch: Pick<ClipBatch, 'clips' | 'shape'>;
  masks: readonly MaskPair[];
  /** V-JEPA 2.1: lambda. */
  contextWeight?: number | undefined;
}

/**
 * What a step is fed: pixels 0..255 [B, T, H, W, 3], the masks' indices [B, K], and the schedules' values.
 *
 * @param others of other lengths
 * @param step AdamW's t, counted from 1: the run's steps, and the updates that its moments were of before
 */
export function stepInputs(
  step: number,
  batch: Pick<ClipBatch, 'clips' | 'shape'>,
  masks: readonly MaskPair[],
  schedule: StepSchedule,
  others: readonly FedClips[] = [],
): FeedTree<PlannedInputs> {
  return {
    ...clipInputs({ batch, masks, contextWeight: schedule.context_weight }),
    step,
    learningRate: schedule.learning_rate,
    weightDecay: schedule.weight_decay,
    momentum: schedule.momentum,
    clipNorm: schedule.clip_norm,
    ...(others.length > 0 && { others: others.map(clipInputs) }),
  };
}

function clipInputs({ batch, masks, contextWeight }: FedClips) {
  return {
    clips: { shape: batch.shape, data: batch.clips },
    ...maskInputs(masks),
    ...(contextWeight !== undefined && { contextWeight }),
  };
}

/** Masks as steps take them. */
export function maskInputs(masks: readonly MaskPair[]): HostTree<MaskTree> {
  const indices = (kind: 'context' | 'target') =>
    masks.map(({ [kind]: { shape, indices } }) => ({ shape, data: indices }));
  return { context: indices('context'), target: indices('target') };
}
