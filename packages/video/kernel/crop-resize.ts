// AssemblyScript, compiled to WebAssembly with SIMD by build.mjs.
//
// One picture in planar YUV 4:2:0 to a square of RGB bytes: colour conversion, then bilinear resize without
// antialiasing, one source row at a time. Rows between the sampled ones are never touched.

/** Two resized source rows at a time, S x [R, G, B, -] as float32, and the source row each one holds. */
let rowA: usize = 0;
let rowB: usize = 0;
let rowAIndex: i32 = -1;
let rowBIndex: i32 = -1;
/** One converted source row, [R, G, B, -] bytes a pixel, with room for 16 pixels more. */
let pixels: usize = 0;

/** Weights of swscale's conversion: 16 bits, 13 of them fraction; offset of the luma in eighths. */
let lumaWeight: i16 = 0;
let lumaOffset: i16 = 0;
let redV: i16 = 0;
let greenU: i16 = 0;
let greenV: i16 = 0;
let blueU: i16 = 0;

export function setColor(luma: i32, offset: i32, rv: i32, gu: i32, gv: i32, bu: i32): void {
  lumaWeight = <i16>luma;
  lumaOffset = <i16>offset;
  redV = <i16>rv;
  greenU = <i16>gu;
  greenV = <i16>gv;
  blueU = <i16>bu;
}

/** The upper 16 bits of eight products. */
// @ts-ignore: decorator
@inline
function multiplyHigh(a: v128, b: v128): v128 {
  const low = i32x4.shr_s(i32x4.extmul_low_i16x8_s(a, b), 16);
  const high = i32x4.shr_s(i32x4.extmul_high_i16x8_s(a, b), 16);
  return i16x8.narrow_i32x4_s(low, high);
}

/** Converts `width` pixels, 16 at a time; reads up to 15 luma and 7 chroma samples past the row. */
function convertRow(y: usize, u: usize, v: usize, width: i32): void {
  const lumaWeights = i16x8.splat(lumaWeight);
  const lumaOffsets = i16x8.splat(lumaOffset);
  const middle = i16x8.splat(128 << 3);
  const zero = i8x16.splat(0);
  for (let x = 0; x < width; x += 16) {
    const luma = v128.load(y + x);
    const y0 = multiplyHigh(i16x8.sub(i16x8.shl(i16x8.extend_low_i8x16_u(luma), 3), lumaOffsets), lumaWeights);
    const y1 = multiplyHigh(i16x8.sub(i16x8.shl(i16x8.extend_high_i8x16_u(luma), 3), lumaOffsets), lumaWeights);
    const uu = i16x8.sub(i16x8.shl(i16x8.extend_low_i8x16_u(v128.load64_zero(u + (x >> 1))), 3), middle);
    const vv = i16x8.sub(i16x8.shl(i16x8.extend_low_i8x16_u(v128.load64_zero(v + (x >> 1))), 3), middle);
    const red = multiplyHigh(vv, i16x8.splat(redV));
    const green = i16x8.add(multiplyHigh(uu, i16x8.splat(greenU)), multiplyHigh(vv, i16x8.splat(greenV)));
    const blue = multiplyHigh(uu, i16x8.splat(blueU));
    const r = i8x16.narrow_i16x8_u(
      i16x8.add(y0, i16x8.shuffle(red, red, 0, 0, 1, 1, 2, 2, 3, 3)),
      i16x8.add(y1, i16x8.shuffle(red, red, 4, 4, 5, 5, 6, 6, 7, 7)),
    );
    const g = i8x16.narrow_i16x8_u(
      i16x8.add(y0, i16x8.shuffle(green, green, 0, 0, 1, 1, 2, 2, 3, 3)),
      i16x8.add(y1, i16x8.shuffle(green, green, 4, 4, 5, 5, 6, 6, 7, 7)),
    );
    const b = i8x16.narrow_i16x8_u(
      i16x8.add(y0, i16x8.shuffle(blue, blue, 0, 0, 1, 1, 2, 2, 3, 3)),
      i16x8.add(y1, i16x8.shuffle(blue, blue, 4, 4, 5, 5, 6, 6, 7, 7)),
    );
    const rg0 = i8x16.shuffle(r, g, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const rg1 = i8x16.shuffle(r, g, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const bx0 = i8x16.shuffle(b, zero, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const bx1 = i8x16.shuffle(b, zero, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const out = pixels + ((<usize>x) << 2);
    v128.store(out, i16x8.shuffle(rg0, bx0, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(out, i16x8.shuffle(rg0, bx0, 4, 12, 5, 13, 6, 14, 7, 15), 16);
    v128.store(out, i16x8.shuffle(rg1, bx1, 0, 8, 1, 9, 2, 10, 3, 11), 32);
    v128.store(out, i16x8.shuffle(rg1, bx1, 4, 12, 5, 13, 6, 14, 7, 15), 48);
  }
  // The right neighbour of the last pixel is the last pixel.
  store<u32>(pixels + ((<usize>width) << 2), load<u32>(pixels + ((<usize>(width - 1)) << 2)));
}

/**
 * Resizes the converted row to `size` pixels of four floats in units of 2^-14.
 * `columns`: for each output pixel, the byte offset of its left source pixel (u32) and its two weights (2 x i16).
 */
function resizeRow(target: usize, columns: usize, size: i32): void {
  for (let x = 0; x < size; x++) {
    const tap = columns + ((<usize>x) << 3);
    const pair = v128.load64_zero(pixels + load<u32>(tap));
    // Bytes a0 a1 a2 a3 b0 b1 b2 b3 to 16-bit pairs (a0, b0), (a1, b1), …
    const words = i16x8.extend_low_i8x16_u(i8x16.shuffle(pair, pair, 0, 4, 1, 5, 2, 6, 3, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    const sum = i32x4.dot_i16x8_s(words, v128.load32_splat(tap, 4));
    v128.store(target + ((<usize>x) << 4), f32x4.convert_i32x4_s(sum));
  }
}

/** Where the converted and resized rows live; call once per output size and widest picture. */
export function setScratch(pixelRow: usize, first: usize, second: usize): void {
  pixels = pixelRow;
  rowA = first;
  rowB = second;
}

/**
 * The whole picture. `rows`: for each output row, its upper and lower source rows (2 x i32) and the lower one's weight
 * (f32), 12 bytes. `flags` 1: interlaced. Writes size * size * 3 bytes, and up to 4 bytes behind them.
 */
export function cropResize(
  y: usize,
  u: usize,
  v: usize,
  lumaStride: i32,
  chromaStride: i32,
  width: i32,
  size: i32,
  rows: usize,
  columns: usize,
  out: usize,
  interlaced: bool,
): void {
  rowAIndex = -1;
  rowBIndex = -1;
  const unit: f32 = 1.0 / 16384.0;
  const half = f32x4.splat(0.5);
  const scale = f32x4.splat(unit);
  for (let i = 0; i < size; i++) {
    const row = rows + <usize>i * 12;
    const upper = load<i32>(row);
    const lower = load<i32>(row, 4);
    const weight = f32x4.splat(load<f32>(row, 8) * unit);
    // Rows only move down: the old lower row is often the new upper one.
    if (upper == rowBIndex) swapRows();
    if (upper != rowAIndex) {
      fetchRow(rowA, upper, y, u, v, lumaStride, chromaStride, width, size, columns, interlaced);
      rowAIndex = upper;
    }
    if (lower != rowBIndex && lower != upper) {
      fetchRow(rowB, lower, y, u, v, lumaStride, chromaStride, width, size, columns, interlaced);
      rowBIndex = lower;
    }
    const top = rowA;
    const bottom = lower == upper ? rowA : rowB;
    let target = out + <usize>(i * size * 3);
    for (let x = 0; x < size; x += 4) {
      const at = (<usize>x) << 4;
      const p0 = blend(v128.load(top + at), v128.load(bottom + at), scale, weight, half);
      const p1 = blend(v128.load(top + at, 16), v128.load(bottom + at, 16), scale, weight, half);
      const p2 = blend(v128.load(top + at, 32), v128.load(bottom + at, 32), scale, weight, half);
      const p3 = blend(v128.load(top + at, 48), v128.load(bottom + at, 48), scale, weight, half);
      const bytes = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(p0, p1), i16x8.narrow_i32x4_s(p2, p3));
      // Four [R, G, B, -] to twelve bytes; the last four are overwritten by the next store.
      v128.store(target, i8x16.shuffle(bytes, bytes, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15));
      target += 12;
    }
  }
}

// @ts-ignore: decorator
@inline
function blend(top: v128, bottom: v128, scale: v128, weight: v128, half: v128): v128 {
  const mixed = f32x4.add(f32x4.mul(top, scale), f32x4.mul(f32x4.sub(bottom, top), weight));
  return i32x4.trunc_sat_f32x4_s(f32x4.add(mixed, half));
}

function swapRows(): void {
  const row = rowA;
  rowA = rowB;
  rowB = row;
  const index = rowAIndex;
  rowAIndex = rowBIndex;
  rowBIndex = index;
}

function fetchRow(
  target: usize,
  row: i32,
  y: usize,
  u: usize,
  v: usize,
  lumaStride: i32,
  chromaStride: i32,
  width: i32,
  size: i32,
  columns: usize,
  interlaced: bool,
): void {
  const chromaRow = interlaced ? ((row >> 2) << 1) | (row & 1) : row >> 1;
  const chroma = <usize>(chromaRow * chromaStride);
  convertRow(y + <usize>(row * lumaStride), u + chroma, v + chroma, width);
  resizeRow(target, columns, size);
}
