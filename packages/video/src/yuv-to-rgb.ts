import {
  type ColorMatrix,
  type ColorRange,
  type ColorTables,
  type ColorWeights,
  colorTables,
  colorWeights,
} from './color-tables.js';
import { chromaHeight, chromaWidth, type PixelFormat } from './pixel-format.js';

/** A picture as the decoder left it: one plane for each of Y, U and V, or a single one of grey or of packed RGB. */
export interface DecodedPicture {
  planes: readonly Uint8Array[];
  /** Bytes from one row to the next, of each plane. */
  strides: readonly number[];
  format: PixelFormat;
  width: number;
  height: number;
  /** Two fields, interwoven line by line: colour belongs to lines of its own field. */
  interlaced: boolean;
}

/** A progressive picture over `data` whose planes lie one after another without padding (FFmpeg's `rawvideo`). */
export function packedPicture(data: Uint8Array, format: PixelFormat, width: number, height: number): DecodedPicture {
  const common = { format, width, height, interlaced: false };
  if (format.kind === 'rgb') return { planes: [data], strides: [width * 3], ...common };
  const stride = width * format.bytesPerSample;
  if (format.kind === 'gray') return { planes: [data], strides: [stride], ...common };
  const chromaStride = chromaWidth(format, width) * format.bytesPerSample;
  const chromaBytes = chromaStride * chromaHeight(format, height);
  const u = stride * height;
  const v = u + chromaBytes;
  const planes = [data.subarray(0, u), data.subarray(u, v), data.subarray(v, v + chromaBytes)];
  return { planes, strides: [stride, chromaStride, chromaStride], ...common };
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
 * As swscale's defaults do: samples of more than 8 bits are rounded to 8; chroma is taken from the nearest sample of
 * the line's own field, but interpolated vertically in the formats for which swscale has no direct conversion; grey
 * stands for itself, whatever range the stream names. With chroma at every pixel (4:4:4), colours are computed from
 * samples of all bits and rounded once.
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
  else if (picture.format.kind === 'gray') copyGray(picture, box, out, outOffset);
  else if (picture.format.chromaShiftX === 0 && picture.format.chromaShiftY === 0) {
    convertFullChroma(picture, colorWeights(matrix, range), box, out, outOffset);
  } else convertYuv(picture, cachedTables(matrix, range), box, out, outOffset);
}

function copyRgb(picture: DecodedPicture, box: Box, out: Uint8Array, outOffset: number): void {
  const rowBytes = box.width * 3;
  const plane = picture.planes[0]!;
  for (let row = 0; row < box.height; row++) {
    const start = (box.top + row) * picture.strides[0]! + box.left * 3;
    out.set(plane.subarray(start, start + rowBytes), outOffset + row * rowBytes);
  }
}

function copyGray(picture: DecodedPicture, box: Box, out: Uint8Array, outOffset: number): void {
  const samples = eightBitPlane(picture, 0);
  const stride = picture.strides[0]! / picture.format.bytesPerSample;
  let o = outOffset;
  for (let row = box.top; row < box.top + box.height; row++) {
    const start = row * stride;
    for (let x = start + box.left; x < start + box.left + box.width; x++) {
      const value = samples[x]!;
      out[o] = value;
      out[o + 1] = value;
      out[o + 2] = value;
      o += 3;
    }
  }
}

function convertYuv(picture: DecodedPicture, tables: ColorTables, box: Box, out: Uint8Array, outOffset: number): void {
  const { strides, interlaced } = picture;
  const { chromaShiftX, bytesPerSample } = picture.format;
  const yPlane = eightBitPlane(picture, 0);
  const [u, v] = [chromaPlane(picture, 1), chromaPlane(picture, 2)];
  const { luma, redV, greenU, greenV, blueU } = tables;
  const clamp = CLAMP;
  let o = outOffset;
  for (let row = box.top; row < box.top + box.height; row++) {
    const lumaRow = (row * strides[0]!) / bytesPerSample;
    const uRow = chromaRow(row, u.shiftY, interlaced) * u.stride;
    const vRow = chromaRow(row, v.shiftY, interlaced) * v.stride;
    for (let x = box.left; x < box.left + box.width; x++) {
      const column = x >> chromaShiftX;
      const uSample = u.samples[uRow + column]!;
      const vSample = v.samples[vRow + column]!;
      const y = luma[yPlane[lumaRow + x]!]! + CLAMP_OFFSET;
      out[o] = clamp[y + redV[vSample]!]!;
      out[o + 1] = clamp[y + greenU[uSample]! + greenV[vSample]!]!;
      out[o + 2] = clamp[y + blueU[uSample]!]!;
      o += 3;
    }
  }
}

function convertFullChroma(
  picture: DecodedPicture,
  weights: ColorWeights,
  box: Box,
  out: Uint8Array,
  outOffset: number,
) {
  const { bits, bytesPerSample } = picture.format;
  const [yPlane, uPlane, vPlane] = [0, 1, 2].map((i) => wholeSamples(picture, i)) as [Samples, Samples, Samples];
  const [yStride, uStride, vStride] = picture.strides.map((stride) => stride / bytesPerSample) as [
    number,
    number,
    number,
  ];
  // Weights have 13 fraction bits, samples bits - 8 more than their 8.
  const one = 2 ** (13 + bits - 8);
  const middle = 2 ** (bits - 1);
  const dark = weights.lumaOffset * 2 ** (bits - 8);
  let o = outOffset;
  for (let row = box.top; row < box.top + box.height; row++) {
    for (let x = box.left; x < box.left + box.width; x++) {
      const y = (yPlane[row * yStride + x]! - dark) * weights.luma;
      const u = uPlane[row * uStride + x]! - middle;
      const v = vPlane[row * vStride + x]! - middle;
      out[o] = limited((y + v * weights.redV) / one);
      out[o + 1] = limited((y + u * weights.greenU + v * weights.greenV) / one);
      out[o + 2] = limited((y + u * weights.blueU) / one);
      o += 3;
    }
  }
}

/** The nearest of 0..255; halves upwards. */
function limited(value: number): number {
  return Math.min(255, Math.max(0, Math.floor(value + 0.5)));
}

type Samples = Uint8Array | Uint16Array;

/** One plane's samples with all their bits. */
function wholeSamples(picture: DecodedPicture, i: number): Samples {
  const plane = picture.planes[i]!;
  if (picture.format.bytesPerSample === 1) return plane;
  const out = new Uint16Array(plane.length >> 1);
  for (let j = 0; j < out.length; j++) out[j] = plane[2 * j]! | (plane[2 * j + 1]! << 8);
  return out;
}

/** The chroma line that colours a luma line: of the same field in interlaced pictures. */
function chromaRow(row: number, shiftY: number, interlaced: boolean): number {
  if (!interlaced || shiftY === 0) return row >> shiftY;
  return (((row >> 1) >> shiftY) << 1) | (row & 1);
}

interface ChromaPlane {
  samples: Uint8Array;
  stride: number;
  shiftY: number;
}

function chromaPlane(picture: DecodedPicture, i: 1 | 2): ChromaPlane {
  const { bits, bytesPerSample, chromaShiftX, chromaShiftY } = picture.format;
  const samples = eightBitPlane(picture, i);
  const stride = picture.strides[i]! / bytesPerSample;
  const hasDirectConversion = bits === 8 && chromaShiftX === 1 && chromaShiftY === 1;
  if (hasDirectConversion || chromaShiftY === 0) return { samples, stride, shiftY: chromaShiftY };
  const sited =
    chromaShiftX === 1 && chromaShiftY === 1
      ? centeredColumns(samples, stride, chromaWidth(picture.format, picture.width))
      : samples;
  return { samples: interpolatedRows(picture, sited, stride), stride, shiftY: 0 };
}

/** 4:2:0 chroma, sited at the left pixel of each pair, moved to the middle of the pair: a quarter sample to the right. */
function centeredColumns(samples: Uint8Array, stride: number, width: number): Uint8Array {
  const out = new Uint8Array(samples.length);
  for (let row = 0; row < samples.length; row += stride) {
    const last = Math.min(row + width, samples.length) - 1;
    for (let i = row; i <= last; i++) out[i] = 0.75 * samples[i]! + 0.25 * samples[Math.min(i + 1, last)]! + 0.5;
  }
  return out;
}

/** A chroma plane brought to the picture's full height by linear interpolation, field by field where interlaced. */
function interpolatedRows(picture: DecodedPicture, samples: Uint8Array, stride: number): Uint8Array {
  const { height, format, interlaced } = picture;
  const fields = interlaced ? 2 : 1;
  const fieldRows = Math.floor(chromaHeight(format, height) / fields);
  const out = new Uint8Array(stride * height);
  for (let row = 0; row < height; row++) {
    const field = row % fields;
    const position = (Math.floor(row / fields) + 0.5) / 2 ** format.chromaShiftY - 0.5;
    const first = Math.floor(position);
    const weight = position - first;
    const start = (line: number) => (Math.min(Math.max(line, 0), fieldRows - 1) * fields + field) * stride;
    const [upper, lower] = [start(first), start(first + 1)];
    for (let x = 0; x < stride; x++) {
      const value = samples[upper + x]!;
      out[row * stride + x] = value + weight * (samples[lower + x]! - value) + 0.5;
    }
  }
  return out;
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
