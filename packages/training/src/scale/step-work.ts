import { pretrainingFlops } from '@vjepa/jepa';
import { encoderFlops, predictorFlops, type Recompute } from '@vjepa/vit';
import type { ModelSummary } from '../plan/model-summary.js';
import type { PretrainingModel } from '../plan/pretraining-model.js';
import type { ScaledClips } from './scaled-clips.js';

/** What a step of all its clips takes, on however many devices. */
export interface StepWork {
  /** Floating-point operations that the model needs, as the log counts them: no padding, nothing computed again. */
  modelFlops: number;
  /** What is computed, products and attention, in the forward pass of target encoder or teacher. */
  target: PassWork;
  /** Forward and backward of what is trained. */
  trained: PassWork;
}

/** Work of passes through the models. */
export interface PassWork {
  /** Floating-point operations of products. */
  productFlops: number;
  /** Of attention in encoders, and in the predictor. */
  attentionFlops: number;
  predictorAttentionFlops: number;
  /** What kernels that are neither read and write in memory. */
  otherBytes: number;
}

/** Backward passes have two products for each of the forward pass; attention's has five for two. */
const BACKWARD = 2;
const ATTENTION_BACKWARD = 5 / 2;

/**
 * Bytes that all other kernels read and write in bfloat16, fitted to what XLA makes of ViT-L and ViT-H (docs/benchmarks.md): of each
 * feature of each token in each block and, where attention is not fused, of each score; forward and backward, and forward alone.
 */
const TRAINED = { feature: 270, score: 20.5 };
const TARGET = { feature: 58, score: 7 };

/** Work of a step from the sizes of its model and clips. */
export function stepWork(
  model: PretrainingModel,
  clips: readonly ScaledClips[],
  { recompute, precision }: { recompute: Recompute; precision: 'float32' | 'bfloat16' },
): StepWork {
  const work: StepWork = { modelFlops: 0, target: noWork(), trained: noWork() };
  const isFloat32 = precision === 'float32';
  for (const { batchSize: B, frames, tokens, lengths, sizes } of clips) {
    const encoder = { ...model.encoder, numFrames: frames };
    work.modelFlops += B * pretrainingFlops({ ...model, encoder }, tokens, lengths);
    if (model.hasTargetEncoder) {
      const target = { ...(model.teacher ?? encoder), numFrames: frames };
      add(work.target, encoderPass(target, tokens, B), { products: 1, attention: 1 }, bytesOf(TARGET, isFloat32));
    }
    // Blocks that are computed again have one more forward pass.
    const forward = recompute === 'block' ? 2 : 1;
    const times = { products: forward + BACKWARD, attention: forward + ATTENTION_BACKWARD };
    for (const [i, context] of sizes.context.entries()) {
      const passes = [encoderPass(encoder, context, B), predictorPass(model.predictor, context, sizes.target[i]!, B)];
      for (const pass of passes) {
        add(work.trained, pass, times, bytesOf(TRAINED, isFloat32));
        if (recompute === 'block') work.trained.otherBytes += bytesIn(pass, bytesOf(TARGET, isFloat32));
      }
    }
  }
  return work;
}

/**
 * Bytes that an update reads and writes: of each trained value its gradient, AdamW's moments and itself; of each of the target encoder's
 * itself and what it follows.
 */
export function optimizerBytes({
  encoderParameters,
  predictorParameters,
  hasTargetEncoder,
}: Pick<ModelSummary, 'encoderParameters' | 'predictorParameters' | 'hasTargetEncoder'>): number {
  return 32 * (encoderParameters + predictorParameters) + (hasTargetEncoder ? 12 * encoderParameters : 0);
}

/** In float32 features are twice as wide, and attention is no kernel of cuDNN's: its scores, float32 either way, are written and read. */
function bytesOf({ feature, score }: typeof TRAINED, isFloat32: boolean): typeof TRAINED {
  return isFloat32 ? { feature: 2 * feature, score } : { feature, score: 0 };
}

function bytesIn({ features, scores }: ForwardPass, bytes: typeof TRAINED): number {
  return features * bytes.feature + scores * bytes.score;
}

/** One forward pass of a batch: operations, features and scores of all blocks, heads and tokens. */
interface ForwardPass {
  products: number;
  attention: number;
  predictorAttention: number;
  features: number;
  scores: number;
}

type Blocks = { depth: number; embedDim: number; numHeads: number };

function encoderPass(encoder: PretrainingModel['encoder'], tokens: number, batchSize: number): ForwardPass {
  const attention = attentionFlops(encoder, tokens);
  return {
    products: batchSize * (encoderFlops(encoder, tokens) - attention),
    ...{ attention: batchSize * attention, predictorAttention: 0, ...sizesOf(encoder, tokens, batchSize) },
  };
}

function predictorPass(
  predictor: PretrainingModel['predictor'],
  context: number,
  target: number,
  batchSize: number,
): ForwardPass {
  const attention = attentionFlops(predictor, context + target);
  return {
    products: batchSize * (predictorFlops(predictor, context, target) - attention),
    ...{ attention: 0, predictorAttention: batchSize * attention },
    ...sizesOf(predictor, context + target, batchSize),
  };
}

/** Two products of every block, [K, D] by [D, K] and [K, K] by [K, D]. */
function attentionFlops({ depth, embedDim: D }: Blocks, K: number): number {
  return depth * 4 * K * K * D;
}

function sizesOf({ depth, embedDim, numHeads }: Blocks, tokens: number, batchSize: number) {
  return { features: batchSize * tokens * depth * embedDim, scores: batchSize * depth * numHeads * tokens ** 2 };
}

function add(
  work: PassWork,
  pass: ForwardPass,
  times: { products: number; attention: number },
  bytes: typeof TRAINED,
): void {
  work.productFlops += times.products * pass.products;
  work.attentionFlops += times.attention * pass.attention;
  work.predictorAttentionFlops += times.attention * pass.predictorAttention;
  work.otherBytes += bytesIn(pass, bytes);
}

function noWork(): PassWork {
  return { productFlops: 0, attentionFlops: 0, predictorAttentionFlops: 0, otherBytes: 0 };
}
