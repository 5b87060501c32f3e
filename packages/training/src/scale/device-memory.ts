import type { Recompute } from '@vjepa/vit';
import type { PretrainingModel } from '../plan/pretraining-model.js';
import { bytesOnDevice, type CutState, type CutValues } from './cut-state.js';
import type { ScaledClips } from './scaled-clips.js';

/** Memory of one device, in bytes. */
export interface DeviceMemory {
  /** What the program is given and gives back in place: state, sums of gradients, clips and masks. */
  argumentBytes: number;
  /** What it needs beside while it runs. */
  temporaryBytes: number;
}

/** How a program is compiled, as far as its memory depends on it. */
export interface CompiledAs {
  devices: number;
  recompute: Recompute;
  precision: 'float32' | 'bfloat16';
  accumulationSteps: number;
}

/**
 * Bytes that the backward pass of a bfloat16 step with cuDNN's attention keeps of each feature of each token and block: the residual
 * stream, norms, queries, keys and values, attention's result, hidden layer and GELU (docs/cuda.md).
 */
const KEPT_BYTES: Readonly<Record<Recompute, number>> = { none: 36, elementwise: 26, block: 4 };

/**
 * Fitted to programs compiled ahead of time. Of several devices XLA's scheduler, which hides exchanges, keeps the activations of all
 * masks and `kept` times as much, instead of one mask's, and begins what is computed again so early that `recompute` saves nothing.
 * `work` are bytes at the peak for each value of the clips.
 */
const ONE_DEVICE = { kept: 1, work: 17.6 };
const SEVERAL = { kept: 1.4, work: 8.8 };

/** In float32, where attention is of ordinary products: for each score of a block of the target encoder, which has the most of them. */
const SCORE_BYTES = 36;

/**
 * Memory of a step's program on each device. Arguments are counted; temporaries are estimated by a formula that is held to programs
 * that XLA compiled ahead of time (`scripts/gpu/budgets*.json`).
 *
 * @param state as the devices have it
 * @param clips of the whole step
 */
export function deviceMemory(
  model: PretrainingModel,
  state: CutState,
  clips: readonly ScaledClips[],
  { devices, recompute, precision, accumulationSteps }: CompiledAs,
): DeviceMemory {
  const share = devices * accumulationSteps;
  const isShared = devices > 1;
  const fitted = isShared ? SEVERAL : ONE_DEVICE;
  const width = precision === 'float32' ? 2 : 1;
  let kept = 0;
  let clipValues = 0;
  let scores = 0;
  let maskBytes = 0;
  for (const { batchSize, frames, side, sizes, tokens } of clips) {
    const B = batchSize / share;
    for (const [i, context] of sizes.context.entries()) {
      const target = sizes.target[i]!;
      const features = B * (context * featuresOf(model.encoder) + (context + target) * featuresOf(model.predictor));
      kept = isShared ? kept + features : Math.max(kept, features);
      maskBytes += 4 * B * (context + target);
    }
    clipValues += B * frames * side ** 2 * 3;
    scores = Math.max(scores, B * model.encoder.numHeads * tokens ** 2);
  }
  const { trained, frozen, target, teacher } = state;
  const bytesOf = (values: CutValues) => bytesOnDevice(values, devices);
  const matrices = [trained, target, teacher].reduce((sum, { cut, matrices }) => sum + cut + matrices, 0);
  return {
    argumentBytes:
      (accumulationSteps > 1 ? 4 : 3) * bytesOf(trained) +
      [frozen, target, teacher].reduce((sum, values) => sum + bytesOf(values), 0) +
      clipValues +
      maskBytes,
    temporaryBytes:
      width * fitted.kept * KEPT_BYTES[isShared ? 'none' : recompute] * kept +
      fitted.work * clipValues +
      // Weights as the products take them, and sums of gradients over the masks.
      (precision === 'bfloat16' ? 2 * matrices : SCORE_BYTES * scores) +
      (isShared ? 4 * trained.matrices : 0),
  };
}

/** Features of a token in all blocks. */
function featuresOf({ depth, embedDim }: { depth: number; embedDim: number }): number {
  return depth * embedDim;
}
