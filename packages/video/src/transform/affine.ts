import type { RgbFrames } from '../rgb-frames.js';

/** Where an output position (x, y) comes from: (a·x + b·y + c, d·x + e·y + f). */
type AffineMatrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** The colour of pixels that come from outside the picture. */
export type FillColor = readonly [number, number, number];

/**
 * Moves every frame by an affine map from output to input positions, bicubic (a = -1) with pixel centres at half
 * integers: equal value for value to Pillow's `Image.transform(size, AFFINE, matrix, BICUBIC, fillcolor=fill)`.
 */
function affineTransform(frames: RgbFrames, matrix: AffineMatrix, fill: FillColor): RgbFrames {
  const result = new Uint8Array(frames.data.length);
  const frameLength = frames.height * frames.width * 3;
  for (let start = 0; start < result.length; start += frameLength) {
    const end = start + frameLength;
    transformFrame(frames.data.subarray(start, end), result.subarray(start, end), frames, matrix, fill);
  }
  return { ...frames, data: result };
}

function transformFrame(
  frame: Uint8Array,
  result: Uint8Array,
  { height, width }: { height: number; width: number },
  [a, b, c, d, e, f]: AffineMatrix,
  fill: FillColor,
): void {
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      const sourceX = a * (x + 0.5) + b * (y + 0.5) + c;
      const sourceY = d * (x + 0.5) + e * (y + 0.5) + f;
      if (sourceX < 0 || sourceX >= width || sourceY < 0 || sourceY >= height) {
        result[i] = fill[0];
        result[i + 1] = fill[1];
        result[i + 2] = fill[2];
      } else {
        bicubicPixel(frame, height, width, sourceX - 0.5, sourceY - 0.5, result, i);
      }
    }
  }
}

/** Writes the colour at (x, y), in units of pixels from the first pixel's centre; the border repeats outwards. */
function bicubicPixel(
  frame: Uint8Array,
  height: number,
  width: number,
  x: number,
  y: number,
  result: Uint8Array,
  offset: number,
): void {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const dx = x - left;
  const dy = y - top;
  const lastX = width - 1;
  const lastY = height - 1;
  const row = 3 * width;
  const c0 = 3 * clamp(left - 1, lastX);
  const c1 = 3 * clamp(left, lastX);
  const c2 = 3 * clamp(left + 1, lastX);
  const c3 = 3 * clamp(left + 2, lastX);
  const r0 = row * clamp(top - 1, lastY);
  const r1 = row * clamp(top, lastY);
  const r2 = row * clamp(top + 1, lastY);
  const r3 = row * clamp(top + 2, lastY);
  for (let k = 0; k < 3; k++) {
    let value = cubicAt(frame, r1 + k, c0, c1, c2, c3, dx);
    // On a row of pixel centres the other rows have no part in the result, which shears and shifts in x make use of.
    if (dy !== 0) {
      const above = cubicAt(frame, r0 + k, c0, c1, c2, c3, dx);
      const below = cubicAt(frame, r2 + k, c0, c1, c2, c3, dx);
      value = cubic(above, value, below, cubicAt(frame, r3 + k, c0, c1, c2, c3, dx), dy);
    }
    result[offset + k] = Math.trunc(Math.min(Math.max(value, 0), 255));
  }
}

function cubicAt(frame: Uint8Array, row: number, c0: number, c1: number, c2: number, c3: number, dx: number): number {
  return cubic(frame[row + c0]!, frame[row + c1]!, frame[row + c2]!, frame[row + c3]!, dx);
}

function clamp(index: number, last: number): number {
  return Math.min(Math.max(index, 0), last);
}

/**
 * Cubic convolution (Keys 1981 with a = -1) between v1 and v2. Results are truncated to bytes, so flat areas must come
 * out exact: a polynomial in t whose coefficients are differences, not four weights.
 */
function cubic(v0: number, v1: number, v2: number, v3: number, t: number): number {
  const linear = v2 - v0;
  const quadratic = 2 * (v0 - v1) + v2 - v3;
  const third = v1 - v0 - v2 + v3;
  return v1 + t * (linear + t * (quadratic + t * third));
}

/** Turns the frames around their centre, counter-clockwise, by an angle in degrees. */
export function rotate(frames: RgbFrames, degrees: number, fill: FillColor): RgbFrames {
  const radians = (-(((degrees % 360) + 360) % 360) * Math.PI) / 180;
  const cosine = roundedTo15Digits(Math.cos(radians));
  const sine = roundedTo15Digits(Math.sin(radians));
  const x = frames.width / 2;
  const y = frames.height / 2;
  const c = cosine * -x + sine * -y + x;
  const f = -sine * -x + cosine * -y + y;
  return affineTransform(frames, [cosine, sine, c, -sine, cosine, f], fill);
}

/** Quarter turns must map pixel centres onto pixel centres. */
function roundedTo15Digits(value: number): number {
  return Number(value.toFixed(15));
}

/** Row y shows what was `factor`·y further right. */
export function shearX(frames: RgbFrames, factor: number, fill: FillColor): RgbFrames {
  return affineTransform(frames, [1, factor, 0, 0, 1, 0], fill);
}

/** Column x shows what was `factor`·x further down. */
export function shearY(frames: RgbFrames, factor: number, fill: FillColor): RgbFrames {
  return affineTransform(frames, [1, 0, 0, factor, 1, 0], fill);
}

/** Every pixel shows what was `share` of the width further right. */
export function translateX(frames: RgbFrames, share: number, fill: FillColor): RgbFrames {
  return affineTransform(frames, [1, 0, share * frames.width, 0, 1, 0], fill);
}

/** Every pixel shows what was `share` of the height further down. */
export function translateY(frames: RgbFrames, share: number, fill: FillColor): RgbFrames {
  return affineTransform(frames, [1, 0, 0, 0, 1, share * frames.height], fill);
}
