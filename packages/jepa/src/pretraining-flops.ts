import { type ClipEncoder, type ClipPredictor, encoderFlops, predictorFlops } from '@vjepa/vit';

/** Tokens of each mask of a step. */
export interface MaskLengths {
  context: readonly number[];
  target: readonly number[];
}

/** The models of a step. */
export interface PretrainedModels {
  encoder: ClipEncoder;
  predictor: ClipPredictor;
  /** Whether a target encoder makes the targets. Default true; where pixels are predicted there is none. */
  hasTargetEncoder?: boolean | undefined;
  /** The frozen encoder that makes the targets in its place. */
  teacher?: ClipEncoder | undefined;
}

/**
 * Floating-point operations that a pretraining step needs for one clip: target encoder or teacher, where there is one, on all
 * tokens, and for every mask encoder and predictor forward and backward, which is counted as twice the forward pass. The
 * optimiser, norms and what is computed again to save memory are not counted, so that the same step is the same work on
 * every engine.
 *
 * @param tokens N, all tokens of a clip
 */
export function pretrainingFlops(
  { encoder, predictor, hasTargetEncoder = true, teacher = encoder }: PretrainedModels,
  tokens: number,
  { context, target }: MaskLengths,
): number {
  const trained = context.map((seen, i) => encoderFlops(encoder, seen) + predictorFlops(predictor, seen, target[i]!));
  return (hasTargetEncoder ? encoderFlops(teacher, tokens) : 0) + 3 * trained.reduce((sum, flops) => sum + flops, 0);
}
