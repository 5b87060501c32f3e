import * as tf from '@tensorflow/tfjs-core';

/**
 * Bilinear interpolation to another size, as PyTorch's with `align_corners=False`: pixels are areas, and beyond the outermost
 * centres the edge goes on. As products with two matrices, so that every engine has it and its gradient.
 *
 * @param x [B, h, w, C]
 * @returns [B, H, W, C]
 */
export function upsampleBilinear(x: tf.Tensor, height: number, width: number): tf.Tensor4D {
  const [B, h, w, C] = x.shape as [number, number, number, number];
  if (h === height && w === width) return x as tf.Tensor4D;
  // Products of a whole stack share one matrix, which is laid out for each: columns first, where that is small.
  const wide = tf.matMul(stacked(interpolation(w, width), B * h), tf.reshape(x, [B * h, w, C]));
  const tall = tf.matMul(stacked(interpolation(h, height), B), tf.reshape(wide, [B, h, width * C]));
  return tf.reshape(tall, [B, height, width, C]);
}

function stacked(matrix: tf.Tensor2D, count: number): tf.Tensor3D {
  return tf.tile(tf.expandDims(matrix, 0), [count, 1, 1]) as tf.Tensor3D;
}

/** [to, from]: the weights of `from` values in each of `to`. */
function interpolation(from: number, to: number): tf.Tensor2D {
  const weights = new Float32Array(to * from);
  for (const [i, { low, high, share }] of bilinearTaps(from, to).entries()) {
    weights[i * from + low]! += 1 - share;
    weights[i * from + high]! += share;
  }
  return tf.tensor2d(weights, [to, from]);
}

/** Between which two of `from` values each of `to` lies, and how much of it is the second's. */
export interface BilinearTap {
  low: number;
  high: number;
  /** 0..1 */
  share: number;
}

/** The taps of {@link upsampleBilinear} along one side. */
export function bilinearTaps(from: number, to: number): BilinearTap[] {
  return Array.from({ length: to }, (_, i) => {
    const at = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const low = Math.min(from - 1, Math.floor(at));
    return { low, high: Math.min(from - 1, low + 1), share: at - low };
  });
}
