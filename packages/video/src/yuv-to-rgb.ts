import { type ColorMatrix, type ColorRange, type ColorTables, colorTables } from './color-tables.js';
import { chromaHeight, chromaWidth, type PixelFormat } from './pixel-format.js';

/** A picture as the decoder left it: planes one after another, no padding between rows. */
export interface DecodedPicture {
  data: Uint8Array;
  format: PixelFormat;
  width: number;
  height: number;
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
  for (let row = 0; row < box.height; row++) {
    const start = ((box.top + row) * picture.width + box.left) * 3;
    out.set(picture.data.subarray(start, start + rowBytes), outOffset + row * rowBytes);
  }
}

function convertGray(picture: DecodedPicture, tables: ColorTables, box: Box, out: Uint8Array, outOffset: number): void {
  const samples = eightBitSamples(picture);
  const { luma } = tables;
  let o = outOffset;
  for (let row = box.top; row < box.top + box.height; row++) {
    const start = row * picture.width;
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
  const { format, width, height } = picture;
  const samples = eightBitSamples(picture);
  const { luma, redV, greenU, greenV, blueU } = tables;
  const clamp = CLAMP;
  const chromaStride = chromaWidth(format, width);
  const uPlane = width * height;
  const vPlane = uPlane + chromaStride * chromaHeight(format, height);
  const { chromaShiftX, chromaShiftY } = format;
  let o = outOffset;
  for (let row = box.top; row < box.top + box.height; row++) {
    const lumaRow = row * width;
    const chromaRow = (row >> chromaShiftY) * chromaStride;
    for (let x = box.left; x < box.left + box.width; x++) {
      const chroma = chromaRow + (x >> chromaShiftX);
      const u = samples[uPlane + chroma]!;
      const v = samples[vPlane + chroma]!;
      const y = luma[samples[lumaRow + x]!]! + CLAMP_OFFSET;
      out[o] = clamp[y + redV[v]!]!;
      out[o + 1] = clamp[y + greenU[u]! + greenV[v]!]!;
      out[o + 2] = clamp[y + blueU[u]!]!;
      o += 3;
    }
  }
}

/** The picture's samples rounded to 8 bits; the data itself where it has 8 bits already. */
function eightBitSamples(picture: DecodedPicture): Uint8Array {
  const { data, format } = picture;
  if (format.bytesPerSample === 1) return data;
  const shift = format.bits - 8;
  const half = 1 << (shift - 1);
  const out = new Uint8Array(data.length / 2);
  for (let i = 0; i < out.length; i++) {
    const value = ((data[2 * i]! | (data[2 * i + 1]! << 8)) + half) >> shift;
    out[i] = Math.min(value, 255);
  }
  return out;
}
