import { tokenCount } from '@vjepa/masks';
import type { Recompute } from '@vjepa/vit';
import { type ModelSummary, summarizeModel } from './model-summary.js';
import type { PretrainingPlan } from './plan-pretraining.js';
import type { PlannedClips } from './planned-clips.js';

/**
 * What a run will keep in memory, in bytes. An estimate from above: TensorFlow on a CPU was seen to use 0.7 (recomputing
 * nothing) to 1.0 (recomputing blocks) of the activations.
 */
export interface PlannedMemory {
  /** Parameters, gradients, AdamW's moments and the target encoder, on the device. */
  state: number;
  /** What a step's backward pass reads, and the targets, on the device. */
  activations: number;
  /** On the host whatever the device: the state once more while it is saved, clips, decoders, the runtime. */
  host: number;
}

/** Steps whose masks are drawn: their lengths differ, and the longest decide. */
const DRAWN_STEPS = 8;
/** Batches that the loader holds: being made, ahead, and in use. */
const LOADED_BATCHES = 4;
const PER_DECODE_THREAD = 150 * 2 ** 20;
const RUNTIME = 600 * 2 ** 20;

/** Estimates the memory of a run from its plan. */
export function plannedMemory(plan: PretrainingPlan): PlannedMemory {
  const { settings, workers } = plan;
  const { accumulationSteps } = settings.optimization;
  const summary = summarizeModel(settings.model, plan);
  const clipValues = [plan, ...plan.others].reduce(
    (sum, { batchSize, frames, side }) => sum + batchSize * frames * side ** 2 * 3,
    0,
  );
  return {
    // Gradients that are added up are there beside those of a part.
    state: summary.stateBytes + (accumulationSteps > 1 ? 4 * trainedValues(summary) : 0),
    activations: (4 * activationValues(plan, summary)) / accumulationSteps,
    host:
      checkpointBytes(summary) +
      LOADED_BATCHES * clipValues +
      (1 + plan.others.length) * workers * PER_DECODE_THREAD +
      RUNTIME,
  };
}

/** A checkpoint: what a step's state holds but the gradients and the teacher. */
export function checkpointBytes({
  stateBytes,
  encoderParameters,
  predictorParameters,
  teacherParameters = 0,
}: ModelSummary): number {
  return stateBytes - 4 * (encoderParameters + predictorParameters + teacherParameters);
}

function trainedValues({ encoderParameters, predictorParameters }: ModelSummary): number {
  return encoderParameters + predictorParameters;
}

/** Values of float32 that a step holds at its fullest, between the forward and the backward pass. */
function activationValues(plan: PretrainingPlan, summary: ModelSummary): number {
  return [plan, ...plan.others].reduce((sum, clips) => sum + valuesOfClips(clips, plan.settings.recompute, summary), 0);
}

/** Those of clips of one length. */
function valuesOfClips(
  { batchSize: B, frames, side, grid, masksAt }: PlannedClips,
  recompute: Recompute,
  summary: ModelSummary,
): number {
  const { encoder, predictor, hasTargetEncoder } = summary;
  let most = 0;
  for (let step = 0; step < DRAWN_STEPS; step++) {
    let kept = 0;
    for (const { context, target } of masksAt(step)) {
      const [seen, predicted] = [context.shape[1], target.shape[1]];
      kept += B * seen * encoder.depth * keptPerToken(encoder, recompute);
      kept += B * (seen + predicted) * predictor.depth * keptPerToken(predictor, recompute);
      // Predictions, their targets, and the difference.
      kept += 3 * B * predicted * predictor.outputDim;
    }
    most = Math.max(most, kept);
  }
  // The clips as pixels and as patches; the target encoder's result, and one of its blocks at work, or patches normalised.
  const input = 2 * B * frames * side ** 2 * 3;
  const ofToken = hasTargetEncoder ? encoder.embedDim + keptPerToken(encoder, 'none') : predictor.outputDim;
  const targets = B * tokenCount(grid) * ofToken;
  return most + input + targets;
}

/** Values a block keeps of each token (see `Recompute` of @vjepa/vit). */
function keptPerToken(
  { embedDim: D, mlpRatio: r }: { embedDim: number; mlpRatio: number },
  recompute: Recompute,
): number {
  if (recompute === 'block') return D;
  return (recompute === 'elementwise' ? 6 + r : 8 + 2 * r) * D;
}
