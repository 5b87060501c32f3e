import type { RgbFrames } from '../rgb-frames.js';
import { emptyPicture, requireBytes } from './picture-bytes.js';

const FILE_HEADER_BYTES = 14;
const CORE_HEADER_BYTES = 12;
const [RAW, RLE8, RLE4, BIT_FIELDS] = [0, 1, 2, 3];

/** Whether a file begins as a Windows or OS/2 bitmap does. */
export function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d && bytes.length >= FILE_HEADER_BYTES + CORE_HEADER_BYTES;
}

interface Header {
  /** Bytes of the second header. */
  length: number;
  width: number;
  height: number;
  /** Rows from the top to the bottom; the other way round is usual. */
  topDown: boolean;
  bits: number;
  compression: number;
  /** Colours in the palette. */
  colors: number;
  /** Where the pixels begin. */
  pixels: number;
}

/**
 * Reads a bitmap of 1 to 32 bits a pixel, with a palette, run lengths or bit masks, as Pillow's `convert('RGB')` sees it:
 * transparency dropped.
 * @throws Error saying what is wrong with the file
 */
export function readBmp(bytes: Uint8Array): RgbFrames {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(view);
  const { width, height, bits, compression, topDown } = header;
  const picture = emptyPicture(width, height);
  const rgbOf = bits <= 8 ? paletteColor(view, header) : maskedColor(view, header);
  const sampleOf =
    compression === RLE8 || compression === RLE4 ? runLengthSamples(bytes, header) : packedSamples(view, header);
  for (let row = 0; row < height; row++) {
    const out = (topDown ? row : height - 1 - row) * width;
    for (let x = 0; x < width; x++) picture.data.set(rgbOf(sampleOf(x, row)), 3 * (out + x));
  }
  return picture;
}

function readHeader(view: DataView): Header {
  const at = FILE_HEADER_BYTES;
  const length = view.getUint32(at, true);
  const pixels = view.getUint32(10, true);
  const isCore = length === CORE_HEADER_BYTES;
  if (!isCore && (length < 40 || length > 124 || at + length > view.byteLength)) {
    throw new Error(`its header is said to have ${length} bytes, expected 12 or 40 to 124`);
  }
  const signedHeight = isCore ? view.getUint16(at + 6, true) : view.getInt32(at + 8, true);
  const bits = view.getUint16(isCore ? at + 10 : at + 14, true);
  const compression = isCore ? RAW : view.getUint32(at + 16, true);
  const stated = isCore ? 0 : view.getUint32(at + 32, true);
  const header = {
    length,
    width: isCore ? view.getUint16(at + 4, true) : view.getInt32(at + 4, true),
    height: Math.abs(signedHeight),
    topDown: signedHeight < 0,
    bits,
    compression,
    colors: stated > 0 && stated <= 256 ? stated : 2 ** Math.min(bits, 8),
    pixels,
  };
  const fits =
    (compression === RAW && [1, 2, 4, 8, 16, 24, 32].includes(bits)) ||
    (compression === RLE8 && bits === 8) ||
    (compression === RLE4 && bits === 4) ||
    (compression === BIT_FIELDS && (bits === 16 || bits === 32));
  if (!fits) throw new Error(`bitmaps of ${bits} bits with compression ${compression} are not read`);
  return header;
}

/** Colours by number; black for numbers without one. */
function paletteColor(view: DataView, { length, colors }: Header): (sample: number) => number[] {
  const entry = length === CORE_HEADER_BYTES ? 3 : 4;
  const start = FILE_HEADER_BYTES + length;
  const palette = Array.from({ length: colors }, (_, i) => {
    const at = start + i * entry;
    return at + 3 <= view.byteLength ? [view.getUint8(at + 2), view.getUint8(at + 1), view.getUint8(at)] : [0, 0, 0];
  });
  const black = [0, 0, 0];
  return (sample) => palette[sample] ?? black;
}

/** Colours from the bits of a pixel: 5 each of 16 and 8 each of more, or as the header says. */
function maskedColor(view: DataView, { bits, compression }: Header): (sample: number) => number[] {
  const at = FILE_HEADER_BYTES + 40;
  if (compression === BIT_FIELDS && at + 12 > view.byteLength) throw new Error('its bit masks are missing');
  const usual = bits === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff];
  const masks = compression === BIT_FIELDS ? [0, 4, 8].map((i) => view.getUint32(at + i, true)) : usual;
  const fields = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { shift, largest: mask >>> shift };
  });
  return (sample) =>
    fields.map(({ shift, largest }) => {
      const value = (sample >>> shift) & largest;
      return largest === 0 ? 0 : Math.floor(((value >>> 0) * 255) / largest);
    });
}

/** Samples that lie side by side, in rows of whole 32-bit words. */
function packedSamples(view: DataView, { width, height, bits, pixels }: Header): (x: number, row: number) => number {
  const stride = Math.ceil((width * bits) / 32) * 4;
  // The padding of the last row may be missing.
  requireBytes(
    new Uint8Array(view.buffer, view.byteOffset, view.byteLength),
    pixels + stride * (height - 1) + Math.ceil((width * bits) / 8),
  );
  if (bits < 8) {
    const mask = 2 ** bits - 1;
    return (x, row) => {
      const bit = x * bits;
      return (view.getUint8(pixels + row * stride + (bit >> 3)) >> (8 - bits - (bit & 7))) & mask;
    };
  }
  return (x, row) => {
    const at = pixels + row * stride + (x * bits) / 8;
    if (bits === 8) return view.getUint8(at);
    if (bits === 16) return view.getUint16(at, true);
    if (bits === 32) return view.getUint32(at, true);
    return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  };
}

/** Samples from run lengths: `count value`, or `0` and an escape: end of row, end, a jump, or so many values as they are. */
function runLengthSamples(bytes: Uint8Array, header: Header): (x: number, row: number) => number {
  const { width, height, compression, pixels } = header;
  const nibbles = compression === RLE4;
  const samples = new Uint8Array(width * height);
  let [x, row, at] = [0, 0, pixels];
  const put = (value: number) => {
    if (x < width && row < height) samples[row * width + x] = value;
    x++;
  };
  const half = (byte: number, i: number) => (nibbles ? (i % 2 === 0 ? byte >> 4 : byte & 15) : byte);
  while (row < height) {
    requireBytes(bytes, at + 2);
    const [count, value] = [bytes[at]!, bytes[at + 1]!];
    at += 2;
    if (count > 0) for (let i = 0; i < count; i++) put(half(value, i));
    else if (value === 0) [x, row] = [0, row + 1];
    else if (value === 1) break;
    else if (value === 2) {
      requireBytes(bytes, at + 2);
      [x, row, at] = [x + bytes[at]!, row + bytes[at + 1]!, at + 2];
    } else {
      const length = nibbles ? Math.ceil(value / 2) : value;
      requireBytes(bytes, at + length);
      for (let i = 0; i < value; i++) put(half(bytes[at + (nibbles ? i >> 1 : i)]!, i));
      at += length + (length & 1);
    }
  }
  return (column, line) => samples[line * width + column]!;
}
