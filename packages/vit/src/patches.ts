import * as tf from '@tensorflow/tfjs-core';
import type { TokenGrid } from '@vjepa/masks';
import { pixelNormalization } from './clip-normalization.js';

/** How a clip is cut: `tubeletSize` is 1 for image models. */
export interface PatchSize {
  patchSize: number;
  tubeletSize: number;
}

/** Cuts of a clip and the grid they come from. */
export interface Patches {
  /** [B, N, F]: F = tubelet * patch * patch * 3 values in the order (frame, row, column, channel). */
  values: tf.Tensor3D;
  grid: TokenGrid;
}

/**
 * Cuts clips into tubelets, tokens in raster order with time slowest; frames, rows and columns that do not fill a
 * tubelet are left out, as a strided convolution leaves them out.
 *
 * A strided convolution whose kernel is its stride is a matrix product over such cuts, and cutting first lets the
 * context encoder embed the visible tokens only.
 *
 * @param clip [B, T, H, W, C]
 * @throws if the clip is smaller than one tubelet
 */
export function patchify(clip: tf.Tensor, { patchSize: p, tubeletSize: tubelet }: PatchSize): Patches {
  const [B, T, H, W, C] = clip.shape as [number, number, number, number, number];
  const grid = { depth: Math.floor(T / tubelet), height: Math.floor(H / p), width: Math.floor(W / p) };
  const { depth, height, width } = grid;
  if (depth * height * width === 0) {
    throw new Error(
      `a clip of ${T} frames of ${H} x ${W} pixels does not hold one tubelet of ${tubelet} frames of ${p} x ${p}`,
    );
  }
  const whole =
    T === depth * tubelet && H === height * p && W === width * p
      ? clip
      : tf.slice(clip, [0, 0, 0, 0, 0], [B, depth * tubelet, height * p, width * p, C]);
  // Two transposes of rank 4 that move whole rows of patches and whole patches; one of rank 6 is a hundred times slower
  // on some backends.
  const rows = tf.reshape(whole, [B * depth * tubelet * height, p, width, p * C]);
  const patches = tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [B * depth, tubelet, height * width, p * p * C]);
  const tubelets = tubelet === 1 ? patches : tf.transpose(patches, [0, 2, 1, 3]);
  const values = tf.reshape(tubelets, [B, depth * height * width, tubelet * p * p * C]);
  return { values: values as tf.Tensor3D, grid };
}

/** `patchify` for clips with channels first, [B, 3, T, H, W]. */
export function patchifyChannelsFirst(clip: tf.Tensor, size: PatchSize): Patches {
  const [B, C, T, H, W] = clip.shape as [number, number, number, number, number];
  const channelsLast = tf.reshape(tf.transpose(tf.reshape(clip, [B, C, T * H * W]), [0, 2, 1]), [B, T, H, W, C]);
  return patchify(channelsLast, size);
}

/**
 * Normalises patches of raw pixels (0..255) as `normalizeClip` does. Mean and deviation are laid out along the whole
 * patch, because broadcasting over an axis of length 3 is slow everywhere.
 */
export function normalizePatches(patches: Patches): Patches {
  const length = patches.values.shape[2];
  const { scale, shift } = pixelNormalization();
  const along = (values: number[]) => tf.tensor1d(Float32Array.from({ length }, (_, i) => values[i % values.length]!));
  const values = tf.add(tf.mul(tf.cast(patches.values, 'float32'), along(scale)), along(shift)) as tf.Tensor3D;
  return { values, grid: patches.grid };
}

/**
 * A patch embedding's weight as a matrix over patches in the order of `patchify`.
 *
 * @param weight [D, 3, tubelet, p, p], or [D, 3, p, p] of an image model
 * @returns [D, tubelet * p * p * 3]
 */
export function patchWeightMatrix(weight: tf.Tensor): tf.Tensor2D {
  const [D, C] = weight.shape as [number, number];
  const size = weight.size / D;
  return tf.reshape(tf.transpose(tf.reshape(weight, [D, C, size / C]), [0, 2, 1]), [D, size]);
}
