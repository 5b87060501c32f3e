import * as tf from '@tensorflow/tfjs-core';
import type { TokenGrid } from '@vjepa/masks';

/** How a position table is stretched: in three dimensions for videos, in two for pictures. */
export type InterpolationMode = 'trilinear' | 'bicubic';

/** How much larger the new input is, axis by axis: new size / size the table was made for. */
export interface GridScale {
  depth: number;
  height: number;
  width: number;
}

/**
 * A position table resampled to another grid: video models trilinearly, image models bicubically (a = -0.75), both
 * without aligned corners and without antialiasing. Sample j lies at (j + 0.5) / scale - 0.5 of the old grid, with
 * the scale as given; indices beyond the border take the border's value.
 *
 * The new grid is round(size * scale). The reference rounds down, which loses a row where the double product falls
 * just short of a whole number (14 -> 61, for one).
 *
 * @param table [1, N, D], N = depth * height * width of `grid`
 * @returns the table [1, N', D] and its grid
 */
export function interpolatePositionEmbedding(
  table: tf.Tensor,
  grid: TokenGrid,
  scale: GridScale,
  mode: InterpolationMode,
): { table: tf.Tensor3D; grid: TokenGrid } {
  const D = table.shape[2]!;
  const target = {
    depth: Math.round(grid.depth * scale.depth),
    height: Math.round(grid.height * scale.height),
    width: Math.round(grid.width * scale.width),
  };
  const weights = mode === 'bicubic' ? cubicWeights : linearWeights;
  const resampled = tf.tidy(() => {
    const along = (x: tf.Tensor, leading: number, from: number, to: number, factor: number, trailing: number) => {
      if (from === to && factor === 1) return x;
      const matrix = tf.tensor2d(resamplingMatrix(from, to, factor, weights), [to, from]);
      const columns = tf.reshape(tf.transpose(tf.reshape(x, [leading, from, trailing]), [1, 0, 2]), [from, -1]);
      const result = tf.reshape(tf.matMul(matrix, columns), [to, leading, trailing]);
      return tf.transpose(result, [1, 0, 2]);
    };
    let x: tf.Tensor = table;
    x = along(x, 1, grid.depth, target.depth, scale.depth, grid.height * grid.width * D);
    x = along(x, target.depth, grid.height, target.height, scale.height, grid.width * D);
    x = along(x, target.depth * target.height, grid.width, target.width, scale.width, D);
    return tf.reshape(x, [1, target.depth * target.height * target.width, D]) as tf.Tensor3D;
  });
  return { table: resampled, grid: target };
}

type TapWeights = (position: number) => { first: number; weights: number[] };

/** [to, from] row-major: row j holds the weights of the old samples in new sample j. */
function resamplingMatrix(from: number, to: number, scale: number, taps: TapWeights): Float32Array {
  const matrix = new Float64Array(to * from);
  for (let j = 0; j < to; j++) {
    const { first, weights } = taps((j + 0.5) / scale - 0.5);
    weights.forEach((weight, tap) => {
      const source = Math.min(Math.max(first + tap, 0), from - 1);
      matrix[j * from + source]! += weight;
    });
  }
  return Float32Array.from(matrix);
}

function linearWeights(position: number) {
  const clamped = Math.max(position, 0);
  const first = Math.floor(clamped);
  const fraction = clamped - first;
  return { first, weights: [1 - fraction, fraction] };
}

/** Cubic convolution with a = -0.75: the four samples around the position. */
function cubicWeights(position: number) {
  const a = -0.75;
  const first = Math.floor(position);
  const t = position - first;
  const near = (x: number) => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number) => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return { first: first - 1, weights: [far(t + 1), near(t), near(1 - t), far(2 - t)] };
}
