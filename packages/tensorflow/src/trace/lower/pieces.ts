import { ACROSS_REPLICAS_PIECES } from './across-replicas.js';
import { adamW } from './adamw.js';
import { attention, attentionGrad } from './attention.js';
import { gatherTokens, gatherTokensGrad } from './gather-tokens.js';
import { gelu, geluGrad } from './gelu.js';
import { layerNorm, layerNormGrad } from './layer-norm.js';
import { movingAverage } from './moving-average.js';
import type { Piece } from './piece.js';
import { recomputeBarrier } from './recompute-barrier.js';
import { squaredNorm } from './squared-norm.js';
import { beginTurn, endTurn } from './turns.js';

/** Every piece the tracer offers, by the name of its kernel. */
export const PIECES: ReadonlyMap<string, Piece> = new Map(
  [
    layerNorm,
    layerNormGrad,
    gelu,
    geluGrad,
    attention,
    attentionGrad,
    gatherTokens,
    gatherTokensGrad,
    adamW,
    movingAverage,
    squaredNorm,
    recomputeBarrier,
    beginTurn,
    endTurn,
    ...ACROSS_REPLICAS_PIECES,
  ].map((piece) => [piece.name, piece]),
);
