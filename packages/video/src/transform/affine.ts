import type { RgbFrames } from '../rgb-frames.js';

/** Where an output position (x, y) comes from: (a·x + b·y + c, d·x + e·y + f). */
export type AffineMatrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** The colour of pixels that come from outside the picture. */
export type FillColor = readonly [number, number, number];

/**
 * Moves every frame by an affine map from output to input positions, bicubic (a = -1) with pixel centres at half
 * integers: equal value for value to Pillow's `Image.transform(size, AFFINE, matrix, BICUBIC, fillcolor=fill)`.
 */
export function affineTransform(frames: RgbFrames, matrix: AffineMatrix, fill: FillColor): RgbFrames {
  const { height, width } = frames;
  const [a, b, c, d, e, f] = matrix;
  const result = new Uint8Array(frames.data.length);
  const frameLength = height * width * 3;
  const columns = new Int32Array(4);
  const rows = new Int32Array(4);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      const sourceX = a * (x + 0.5) + b * (y + 0.5) + c;
      const sourceY = d * (x + 0.5) + e * (y + 0.5) + f;
      if (sourceX < 0 || sourceX >= width || sourceY < 0 || sourceY >= height) {
        for (let t = i; t < result.length; t += frameLength) result.set(fill, t);
        continue;
      }
      const left = Math.floor(sourceX - 0.5);
      const top = Math.floor(sourceY - 0.5);
      for (let k = 0; k < 4; k++) {
        columns[k] = 3 * Math.min(Math.max(left - 1 + k, 0), width - 1);
        rows[k] = 3 * width * Math.min(Math.max(top - 1 + k, 0), height - 1);
      }
      const dx = sourceX - 0.5 - left;
      const dy = sourceY - 0.5 - top;
      for (let start = 0; start < result.length; start += frameLength) {
        for (let channel = 0; channel < 3; channel++) {
          const value = bicubic(frames.data, start + channel, columns, rows, dx, dy);
          result[start + i + channel] = value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
        }
      }
    }
  }
  return { ...frames, data: result };
}

function bicubic(data: Uint8Array, start: number, columns: Int32Array, rows: Int32Array, dx: number, dy: number) {
  const c0 = columns[0]!;
  const c1 = columns[1]!;
  const c2 = columns[2]!;
  const c3 = columns[3]!;
  const r0 = start + rows[0]!;
  const r1 = start + rows[1]!;
  const r2 = start + rows[2]!;
  const r3 = start + rows[3]!;
  return cubic(
    cubic(data[r0 + c0]!, data[r0 + c1]!, data[r0 + c2]!, data[r0 + c3]!, dx),
    cubic(data[r1 + c0]!, data[r1 + c1]!, data[r1 + c2]!, data[r1 + c3]!, dx),
    cubic(data[r2 + c0]!, data[r2 + c1]!, data[r2 + c2]!, data[r2 + c3]!, dx),
    cubic(data[r3 + c0]!, data[r3 + c1]!, data[r3 + c2]!, data[r3 + c3]!, dx),
    dy,
  );
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
