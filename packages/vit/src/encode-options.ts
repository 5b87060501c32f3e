import type * as tf from '@tensorflow/tfjs-core';
import type { Recompute } from './block.js';

/** Which tokens are encoded, and what the backward pass computes again. */
export interface EncodeOptions {
  /**
   * [B, K] int32: the tokens to encode, in this order; the others are dropped before the first block. Default: all. Ids are
   * 0 .. N - 1: values are not looked at here, and what else is asked for fails in the backend, on a GPU perhaps unnoticed.
   */
  mask?: tf.Tensor | undefined;
  /** [K]: 1 for tokens of the mask that are there, 0 for padding; see `presentTokens`. Default: all are there. */
  present?: tf.Tensor | undefined;
  /** What the blocks compute again in the backward pass instead of keeping it. Default 'none'. */
  recompute?: Recompute | undefined;
  /** [depth, 2, B]: see `BlockOptions.branchScale`. Stochastic depth for fine-tuning. */
  branchScale?: tf.Tensor | undefined;
  /** Which of several passes this is whose gradients are added up; see `inTurn`. */
  turn?: number | undefined;
}
