import { type ColorMatrix, type ColorRange, type ColorTables, colorTables } from './color-tables.js';
import { chromaHeight, chromaWidth, type PixelFormat } from './pixel-format.js';

/** A picture as the decoder left it: one plane for each of Y, U and V, or a single one of grey or of packed RGB. */
export interface DecodedPicture {
  planes: readonly Uint8Array[];
  /** Bytes from one row to the next, of each plane. */
  strides: readonly number[];
  format: PixelFormat;
  width: number;
  height: number;
}

/** A picture over `data` whose planes lie one after another without padding (FFmpeg's `rawvideo`). */
export function packedPicture(data: Uint8Array, format: PixelFormat, width: number, height: number): DecodedPicture {
  if (format.kind === 'rgb') return { planes: [data], strides: [width * 3], format, width, height };
  const stride = width * format.bytesPerSample;
  if (format.kind === 'gray') return { planes: [data], strides: [stride], format, width, height };
  const chromaStride = chromaWidth(format, width) * format.bytesPerSample;
  const chromaBytes = chromaStride * chromaHeight(format, height);
  const u = stride * height;
  const v = u + chromaBytes;
  const planes = [data.subarray(0, u), data.subarray(u, v), data.subarray(v, v + chromaBytes)];
  return { planes, strides: [stride, chromaStride, chromaStride], format, width, height };
}

/** A rectangle of a picture, in pixels. */
export interface Box {
  top: number;
  left: number;
  height: number;
  width: number;
}

const CLAMP_OFFSET = 512;
/** clamp[v + 512] = v limited to 0..255; sums of three table values stay well inside -512..1023. */
const CLAMP = Uint8Array.from({ length: 1536 }, (_, i) => Math.min(255, Math.max(0, i - CLAMP_OFFSET)));

const tablesCache = new Map<string, ColorTables>();

function cachedTables(matrix: ColorMatrix, range: ColorRange): ColorTables {
  const key = `${matrix}/${range}`;
  let tables = tablesCache.get(key);
  if (!tables) {
    tables = colorTables(matrix, range);
    tablesCache.set(key, tables);
  }
  return tables;
}

/**
 * Converts `box` of a decoded picture to RGB, [box.height, box.width, 3] into `out` from `outOffset` on.
 *
 * Chroma is taken from the nearest sample, as swscale's default does. Samples of more than 8 bits are rounded to 8.
 */
export function pictureToRgb(
  picture: DecodedPicture,
  matrix: ColorMatrix,
  range: ColorRange,
  box: Box,
  out: Uint8Array,
  outOffset: number,
): void {
  if (picture.format.kind === 'rgb') copyRgb(picture, box, out, outOffset);
  else if (picture.format.kind === 'gray') convertGray(picture, cachedTables(matrix, range), box, out, outOffset);
  else convertYuv(picture, cachedTables(matrix, range), box, out, outOffset);
}

function copyRgb(picture: DecodedPicture, box: Box, out: Uint8Array, outOffset: number): void {
  const rowBytes = box.width * 3;
  const plane = picture.planes[0]!;
  for (let row = 0; row < box.height; row++) {
    const start = (box.top + row) * picture.strides[0]! + box.left * 3;
    out.set(plane.subarray(start, start + rowBytes), outOffset + row * rowBytes);
  }
}

function convertGray(picture: DecodedPicture, tables: ColorTables, box: Box, out: Uint8Array, outOffset: number): void {
  const samples = eightBitPlane(picture, 0);
  const stride = picture.strides[0]! / picture.format.bytesPerSample;
  const { luma } = tables;
  let o = outOffset;
  for (let row = box.top; row < box.top + box.height; row++) {
    const start = row * stride;
    for (let x = start + box.left; x < start + box.left + box.width; x++) {
      const value = CLAMP[luma[samples[x]!]! + CLAMP_OFFSET]!;
      out[o] = value;
      out[o + 1] = value;
      out[o + 2] = value;
      o += 3;
    }
  }
}

function convertYuv(picture: DecodedPicture, tables: ColorTables, box: Box, out: Uint8Array, outOffset: number): void {
  const { strides } = picture;
  const { chromaShiftX, chromaShiftY, bytesPerSample } = picture.format;
  const yPlane = eightBitPlane(picture, 0);
  const uPlane = eightBitPlane(picture, 1);
  const vPlane = eightBitPlane(picture, 2);
  const { luma, redV, greenU, greenV, blueU } = tables;
  const clamp = CLAMP;
  let o = outOffset;
  for (let row = box.top; row < box.top + box.height; row++) {
    const lumaRow = (row * strides[0]!) / bytesPerSample;
    const uRow = ((row >> chromaShiftY) * strides[1]!) / bytesPerSample;
    const vRow = ((row >> chromaShiftY) * strides[2]!) / bytesPerSample;
    for (let x = box.left; x < box.left + box.width; x++) {
      const column = x >> chromaShiftX;
      const u = uPlane[uRow + column]!;
      const v = vPlane[vRow + column]!;
      const y = luma[yPlane[lumaRow + x]!]! + CLAMP_OFFSET;
      out[o] = clamp[y + redV[v]!]!;
      out[o + 1] = clamp[y + greenU[u]! + greenV[v]!]!;
      out[o + 2] = clamp[y + blueU[u]!]!;
      o += 3;
    }
  }
}

/** One plane with its samples rounded to 8 bits; the plane itself where it has 8 bits already. */
function eightBitPlane(picture: DecodedPicture, i: number): Uint8Array {
  const plane = picture.planes[i]!;
  const { bits, bytesPerSample } = picture.format;
  if (bytesPerSample === 1) return plane;
  const shift = bits - 8;
  const half = 1 << (shift - 1);
  const out = new Uint8Array(plane.length >> 1);
  for (let j = 0; j < out.length; j++) {
    const value = ((plane[2 * j]! | (plane[2 * j + 1]! << 8)) + half) >> shift;
    out[j] = Math.min(value, 255);
  }
  return out;
}
