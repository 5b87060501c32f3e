import * as tf from '@tensorflow/tfjs-core';
import type { TokenGrid } from '@vjepa/masks';
import { gatherRows } from './gather-tokens.js';
import { type RotaryOptions, rotaryTable } from './rotary-positions.js';
import type { Rotation } from './rotate.js';

/**
 * The rotation of tokens at places of a grid.
 *
 * @param N how many tokens there are, no more than the grid holds
 * @param headDim width e of a head
 * @param places [B, K] int32, ids of tokens, each in 0 .. N - 1. Default: all tokens in raster order, shared by the batch
 * @returns cosines and sines of [B, K, e], or of [1, N, e]
 */
export function tokenRotation(
  grid: TokenGrid,
  N: number,
  headDim: number,
  options: RotaryOptions,
  places: tf.Tensor | undefined,
): Rotation {
  const { data } = rotaryTable(grid, headDim, options);
  const table = tf.tensor(data.subarray(0, N * 2 * headDim), [1, N, 2 * headDim]);
  const [cosine, sine] = tf.split(places === undefined ? table : gatherRows(table, places), 2, 2);
  return { cosine: cosine!, sine: sine!, paired: options.variant === 'paired' };
}
