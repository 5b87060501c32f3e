import type { RgbFrames } from '../rgb-frames.js';
import { emptyPicture, requireBytes } from './picture-bytes.js';

const [EXTENSION, IMAGE, GRAPHIC_CONTROL] = [0x21, 0x2c, 0xf9];
const MAX_CODE_BITS = 12;

/** Whether a file begins as a GIF does. */
export function isGif(bytes: Uint8Array): boolean {
  return /^GIF8[79]a$/.test(String.fromCharCode(...bytes.subarray(0, 6)));
}

/**
 * Reads the first picture of a GIF as Pillow's `convert('RGB')` sees it: transparency dropped, so that a transparent
 * pixel has the colour that its entry in the palette has.
 * @throws Error saying what is wrong with the file
 */
export function readGif(bytes: Uint8Array): RgbFrames {
  requireBytes(bytes, 13);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const globalColors = colorCount(bytes[10]!);
  let at = 13 + 3 * globalColors;
  let transparent: number | undefined;
  for (;;) {
    requireBytes(bytes, at + 2);
    if (bytes[at] === IMAGE) break;
    if (bytes[at] !== EXTENSION) throw new Error(`there is no picture in it: byte ${at} begins no block`);
    const isControl = bytes[at + 1] === GRAPHIC_CONTROL && bytes[at + 2]! >= 4;
    if (isControl && bytes[at + 3]! & 1) transparent = bytes[at + 6];
    at = endOfBlocks(bytes, at + 2);
  }
  requireBytes(bytes, at + 11);
  const [left, top, width, height] = [1, 3, 5, 7].map((i) => view.getUint16(at + i, true)) as [
    number,
    number,
    number,
    number,
  ];
  const flags = bytes[at + 9]!;
  const localColors = colorCount(flags);
  at += 10;
  const palette =
    localColors > 0 ? bytes.subarray(at, at + 3 * localColors) : bytes.subarray(13, 13 + 3 * globalColors);
  at += 3 * localColors;
  requireBytes(bytes, at + 2);
  emptyPicture(width, height); // the size is believable
  const indices = decompress(subBlocks(bytes, at + 1), bytes[at]!, width * height);
  const picture = emptyPicture(
    Math.max(view.getUint16(6, true), left + width),
    Math.max(view.getUint16(8, true), top + height),
  );
  const paint = (pixel: number, index: number) => {
    // Without a palette, numbers are shades of grey.
    for (let c = 0; c < 3; c++)
      picture.data[3 * pixel + c] = palette.length > 0 ? (palette[3 * index + c] ?? 0) : index;
  };
  for (let pixel = 0; pixel < picture.width * picture.height; pixel++) paint(pixel, transparent ?? 0);
  const rows = flags & 0x40 ? interlacedRows(height) : Array.from({ length: height }, (_, row) => row);
  rows.forEach((row, i) => {
    for (let x = 0; x < width; x++) paint((top + row) * picture.width + left + x, indices[i * width + x]!);
  });
  return picture;
}

function colorCount(flags: number): number {
  return flags & 0x80 ? 2 ** ((flags & 7) + 1) : 0;
}

/** Rows in the order in which an interlaced picture has them. */
function interlacedRows(height: number): number[] {
  const passes = [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const;
  return passes.flatMap(([first, step]) =>
    Array.from({ length: Math.max(0, Math.ceil((height - first) / step)) }, (_, i) => first + i * step),
  );
}

/** Where a row of sub-blocks that begins at `at` ends. */
function endOfBlocks(bytes: Uint8Array, at: number): number {
  let end = at;
  for (;;) {
    requireBytes(bytes, end + 1);
    const length = bytes[end]!;
    end += 1 + length;
    if (length === 0) return end;
  }
}

/** The content of a row of sub-blocks, as far as it is there. */
function subBlocks(bytes: Uint8Array, start: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = start; at < bytes.length && bytes[at]! > 0; at += 1 + bytes[at]!) {
    parts.push(bytes.subarray(at + 1, at + 1 + bytes[at]!));
  }
  return Buffer.concat(parts);
}

/** GIF's variable-length Lempel-Ziv-Welch codes, lowest bits first, as `count` palette indices. */
function decompress(codes: Uint8Array, codeBits: number, count: number): Uint8Array {
  if (codeBits < 1 || codeBits > 8)
    throw new Error(`its codes are said to begin with ${codeBits} bits, expected 1 to 8`);
  const clear = 1 << codeBits;
  const out = new Uint8Array(count);
  /** Each code stands for the string of another one and one more byte. */
  const prefix = new Int16Array(1 << MAX_CODE_BITS);
  const last = new Uint8Array(1 << MAX_CODE_BITS);
  const lengths = new Uint16Array(1 << MAX_CODE_BITS).fill(1);
  for (let i = 0; i < clear; i++) last[i] = i;
  let [filled, next, width, previous] = [0, clear + 2, codeBits + 1, -1];
  for (let bit = 0; filled < count; ) {
    if (bit + width > 8 * codes.length) throw new Error(`the file ends after ${filled} of ${count} pixels`);
    const byte = bit >> 3;
    const word = codes[byte]! | ((codes[byte + 1] ?? 0) << 8) | ((codes[byte + 2] ?? 0) << 16);
    const code = (word >> (bit & 7)) & ((1 << width) - 1);
    bit += width;
    if (code === clear) {
      [next, width, previous] = [clear + 2, codeBits + 1, -1];
      continue;
    }
    if (code === clear + 1) throw new Error(`its codes end after ${filled} of ${count} pixels`);
    if (code > next || (code === next && previous < 0)) throw new Error(`its codes are damaged after ${filled} pixels`);
    const known = code < next ? code : previous;
    const length = lengths[known]!;
    let from = known;
    for (let i = length - 1; i >= 0; i--) {
      if (filled + i < count) out[filled + i] = last[from]!;
      if (i === 0) break;
      from = prefix[from]!;
    }
    const first = last[from]!;
    if (code === next && filled + length < count) out[filled + length] = first;
    filled += code === next ? length + 1 : length;
    if (previous >= 0 && next < 1 << MAX_CODE_BITS) {
      prefix[next] = previous;
      last[next] = first;
      lengths[next] = lengths[previous]! + 1;
      next++;
      if (next === 1 << width && width < MAX_CODE_BITS) width++;
    }
    previous = code;
  }
  return out;
}
