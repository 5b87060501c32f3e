import * as tf from '@tensorflow/tfjs-core';
import type { TokenGrid } from '@vjepa/masks';
import { gatherRows } from './gather-tokens.js';
import { type RotaryOptions, rotaryTable } from './rotary-positions.js';
import type { Rotation } from './rotate.js';

/**
 * The rotation of tokens at places of a grid.
 *
 * @param headDim width e of a head
 * @param places [B, K] int32, ids of tokens. Default: all tokens in raster order, shared by the batch
 * @returns cosines and sines of [B, K, e], or of [1, N, e]
 */
export function tokenRotation(
  grid: TokenGrid,
  headDim: number,
  options: RotaryOptions,
  places: tf.Tensor | undefined,
): Rotation {
  const { shape, data } = rotaryTable(grid, headDim, options);
  const table = tf.tensor(data, [1, ...shape]);
  const [cosine, sine] = tf.split(places === undefined ? table : gatherRows(table, places), 2, 2);
  return { cosine: cosine!, sine: sine!, paired: options.variant === 'paired' };
}
