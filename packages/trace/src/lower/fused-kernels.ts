import { ACROSS_REPLICAS_KERNELS } from './across-replicas.js';
import { adamW } from './adamw.js';
import { attention, attentionGrad, rotaryAttention, rotaryAttentionGrad } from './attention.js';
import type { FusedKernel } from './fused-kernel.js';
import { gatherTokens, gatherTokensGrad } from './gather-tokens.js';
import { gelu, geluGrad } from './gelu.js';
import { layerNorm, layerNormGrad } from './layer-norm.js';
import { movingAverage } from './moving-average.js';
import { recomputeBarrier } from './recompute-barrier.js';
import { squaredNorm } from './squared-norm.js';
import { beginTurn, endTurn } from './turns.js';

/** Every fused kernel the tracer offers, by the name of its kernel. */
export const FUSED_KERNELS: ReadonlyMap<string, FusedKernel> = new Map(
  [
    layerNorm,
    layerNormGrad,
    gelu,
    geluGrad,
    attention,
    attentionGrad,
    rotaryAttention,
    rotaryAttentionGrad,
    gatherTokens,
    gatherTokensGrad,
    adamW,
    movingAverage,
    squaredNorm,
    recomputeBarrier,
    beginTurn,
    endTurn,
    ...ACROSS_REPLICAS_KERNELS,
  ].map((kernel) => [kernel.name, kernel]),
);
