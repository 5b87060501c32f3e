import type { TokenMask } from '@vjepa/masks';
import { type PixelDecoderConfig, patchValues } from '@vjepa/probe';
import { IMAGENET_MEAN, IMAGENET_STD } from '@vjepa/vit';

/** Where the values of patches lie in a clip [T, H, W, 3], in the order of the tokens and of `patchify`. */
export function patchPlaces(
  { grid, patchSize: p, tubeletSize }: Pick<PixelDecoderConfig, 'grid' | 'patchSize' | 'tubeletSize'>,
  { indices }: Pick<TokenMask, 'indices'>,
): Int32Array {
  const [H, W] = [grid.height * p, grid.width * p];
  const places = new Int32Array(indices.length * patchValues({ patchSize: p, tubeletSize }));
  let i = 0;
  for (const token of indices) {
    const [t, row, column] = [
      Math.floor(token / (grid.height * grid.width)),
      Math.floor(token / grid.width) % grid.height,
      token % grid.width,
    ];
    for (let frame = 0; frame < tubeletSize; frame++) {
      for (let y = 0; y < p; y++) {
        const start = (((t * tubeletSize + frame) * H + row * p + y) * W + column * p) * 3;
        for (let x = 0; x < 3 * p; x++) places[i++] = start + x;
      }
    }
  }
  return places;
}

/**
 * A clip with other values at some places.
 *
 * @param clip [T, H, W, 3], 0..255
 * @param values normalised as encoders take pixels, red, green and blue in turn
 */
export function withPixels(clip: Uint8Array, places: Int32Array, values: Float32Array): Uint8Array {
  const result = Uint8Array.from(clip);
  for (const [i, place] of places.entries()) {
    const c = i % 3;
    result[place] = Math.max(0, Math.min(255, Math.round(255 * (values[i]! * IMAGENET_STD[c]! + IMAGENET_MEAN[c]!))));
  }
  return result;
}

/** A clip with the mean colour of the rest of it at some places: what is known there without a model. */
export function withMeanColor(clip: Uint8Array, places: Int32Array): Uint8Array {
  const hidden = new Uint8Array(clip.length);
  for (const place of places) hidden[place] = 1;
  const [sums, counts] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  for (const [i, value] of clip.entries()) {
    if (hidden[i]) continue;
    sums[i % 3]! += value;
    counts[i % 3]! += 1;
  }
  const result = Uint8Array.from(clip);
  for (const place of places) result[place] = Math.round(sums[place % 3]! / Math.max(1, counts[place % 3]!));
  return result;
}

/** Mean squared difference of two clips over some places, of values 0..255. */
export function squaredError(found: Uint8Array, expected: Uint8Array, places: Int32Array): number {
  let sum = 0;
  for (const place of places) sum += (found[place]! - expected[place]!) ** 2;
  return sum / places.length;
}

/** The mean squared error of rounding to whole numbers: no less can be told apart in values 0..255. */
const ROUNDING = 1 / 12;

/**
 * Peak signal-to-noise ratio in decibels of a mean squared error of values 0..255; at most that of rounding, 58.9, so that it is a
 * number where nothing differs, as on pictures of one colour.
 */
export function peakSignalToNoise(error: number): number {
  return 10 * Math.log10(255 ** 2 / Math.max(error, ROUNDING));
}
