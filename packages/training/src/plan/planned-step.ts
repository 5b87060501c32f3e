import type { Tensor } from '@tensorflow/tfjs-core';
import type { StepFunction } from '@vjepa/engine';
import {
  type PixelPredictionOutputs,
  type PretrainingConfig,
  type PretrainingOutputs,
  type PretrainingState,
  pixelPredictionStep,
  pretrainingStep,
  type Vjepa2PretrainingConfig,
  type Vjepa2PretrainingOutputs,
  vjepa2PretrainingStep,
} from '@vjepa/jepa';
import { isVjepa2 } from '@vjepa/vit';
import type { PretrainingModel } from './pretraining-model.js';
import type { PlannedInputs } from './step-inputs.js';

/** Scalars of a step; without a target encoder there is but one loss, and a loss of visible tokens is V-JEPA 2.1's. */
export type PlannedOutputs = PixelPredictionOutputs &
  Partial<PretrainingOutputs & Vjepa2PretrainingOutputs & { skipped: Tensor }>;

/** One update of any version's pretraining. */
export type PlannedStep = StepFunction<PretrainingState, PlannedInputs, PlannedOutputs>;

type StepOptions = Omit<PretrainingConfig, 'encoder' | 'predictor'> &
  Omit<Vjepa2PretrainingConfig, 'encoder' | 'predictor' | 'teacher'>;

/**
 * The step of a model's version: V-JEPA's, or its prediction of pixels, or V-JEPA 2's, which is fed as V-JEPA's is, with other clips
 * beside.
 *
 * @throws if encoder and predictor are of two versions
 */
export function plannedStep(
  { encoder, predictor, hasTargetEncoder, teacher }: PretrainingModel,
  options: StepOptions,
): PlannedStep {
  if (isVjepa2(encoder) && isVjepa2(predictor)) {
    return inGroups(vjepa2PretrainingStep({ ...options, encoder, predictor, teacher }));
  }
  if (isVjepa2(encoder) || isVjepa2(predictor)) throw new Error('encoder and predictor are of two versions');
  if (hasTargetEncoder) return pretrainingStep({ ...options, encoder, predictor });
  const step = pixelPredictionStep({ ...options, encoder, predictor, normalizePatches: true });
  // It leaves the target encoder alone, which is empty.
  return (state, inputs) => step(state, inputs);
}

function inGroups(step: ReturnType<typeof vjepa2PretrainingStep>): PlannedStep {
  return (state, { clips, context, target, contextWeight, others = [], lengths, ...scheduled }) =>
    step(state, {
      ...scheduled,
      groups: [{ clips, context, target, ...(contextWeight && { contextWeight }) }, ...others],
      ...(lengths && { lengths: { groups: [lengths, ...(lengths.others ?? [])] } }),
    });
}
