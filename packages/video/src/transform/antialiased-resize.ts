import type { RgbFrames } from '../rgb-frames.js';

/** Triangle of radius 1, or cubic convolution (Keys 1981, a = -0.5) of radius 2. */
export type ResizeFilter = 'bilinear' | 'bicubic';

/** Weights are integers with this many fractional bits; a pass's result is a byte again. */
export const FRACTION_BITS = 22;

/**
 * Resizes every frame with a filter that widens when shrinking, so that nothing aliases: rows first, then columns,
 * equal value for value to Pillow's `Image.resize`.
 */
export function antialiasedResize(
  frames: RgbFrames,
  { height, width }: { height: number; width: number },
  filter: ResizeFilter,
): RgbFrames {
  const wide = width === frames.width ? frames : resizeRows(frames, filterTaps(frames.width, width, filter));
  if (height === frames.height) return wide === frames ? { ...frames, data: frames.data.slice() } : wide;
  return resizeColumns(wide, filterTaps(frames.height, height, filter));
}

/** The source samples that each output sample is a weighted sum of. */
export interface FilterTaps {
  /** First source position of each output position. */
  first: Int32Array;
  /** Number of source positions of each output position. */
  count: Int32Array;
  /** Weights, `stride` places per output position. */
  weights: Int32Array;
  stride: number;
}

/** Taps from `from` samples to `to`; weights are integers with `FRACTION_BITS` fractional bits. */
export function filterTaps(from: number, to: number, filter: ResizeFilter): FilterTaps {
  const kernel = filter === 'bilinear' ? triangle : cubicConvolution;
  const scale = from / to;
  const widening = Math.max(scale, 1);
  const radius = (filter === 'bilinear' ? 1 : 2) * widening;
  const stride = Math.ceil(radius) * 2 + 1;
  const taps = { first: new Int32Array(to), count: new Int32Array(to), weights: new Int32Array(to * stride), stride };
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - radius + 0.5));
    const count = Math.min(from, Math.trunc(center + radius + 0.5)) - first;
    taps.first[i] = first;
    taps.count[i] = count;
    const values = Array.from({ length: count }, (_, k) => kernel((k + first - center + 0.5) * (1 / widening)));
    const sum = values.reduce((total, value) => total + value, 0);
    values.forEach((value, k) => {
      const weight = (sum === 0 ? value : value * (1 / sum)) * (1 << FRACTION_BITS);
      taps.weights[i * stride + k] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    });
  }
  return taps;
}

function triangle(distance: number): number {
  return Math.max(0, 1 - Math.abs(distance));
}

function cubicConvolution(distance: number): number {
  const x = Math.abs(distance);
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

function resizeRows(frames: RgbFrames, { first, count, weights, stride }: FilterTaps): RgbFrames {
  const width = first.length;
  const rows = frames.frames * frames.height;
  const data = new Uint8Array(rows * width * 3);
  for (let y = 0, i = 0; y < rows; y++) {
    const row = y * frames.width * 3;
    for (let x = 0; x < width; x++, i += 3) {
      let red = 1 << (FRACTION_BITS - 1);
      let green = red;
      let blue = red;
      for (let k = 0, at = row + first[x]! * 3, w = x * stride; k < count[x]!; k++, at += 3, w++) {
        const weight = weights[w]!;
        red += frames.data[at]! * weight;
        green += frames.data[at + 1]! * weight;
        blue += frames.data[at + 2]! * weight;
      }
      data[i] = byteOf(red);
      data[i + 1] = byteOf(green);
      data[i + 2] = byteOf(blue);
    }
  }
  return { ...frames, data, width };
}

function resizeColumns(frames: RgbFrames, { first, count, weights, stride }: FilterTaps): RgbFrames {
  const height = first.length;
  const row = frames.width * 3;
  const data = new Uint8Array(frames.frames * height * row);
  const sums = new Int32Array(row);
  for (let t = 0, i = 0; t < frames.frames; t++) {
    for (let y = 0; y < height; y++, i += row) {
      sums.fill(1 << (FRACTION_BITS - 1));
      for (let k = 0; k < count[y]!; k++) {
        const weight = weights[y * stride + k]!;
        const from = (t * frames.height + first[y]! + k) * row;
        for (let x = 0; x < row; x++) sums[x]! += frames.data[from + x]! * weight;
      }
      for (let x = 0; x < row; x++) data[i + x] = byteOf(sums[x]!);
    }
  }
  return { ...frames, data, height };
}

function byteOf(sum: number): number {
  return Math.min(Math.max(sum >> FRACTION_BITS, 0), 255);
}
