import { crc32, deflateSync } from 'node:zlib';

/** First column and row of each pass of an interlaced PNG, and the steps from there (ISO/IEC 15948, section 8.2). */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** A PNG with a palette, `depth` bits to a pixel, as PASCAL VOC and DAVIS have their annotations. */
export function palettePng(
  width: number,
  labels: readonly number[],
  depth: 1 | 2 | 4 | 8 = 8,
  { interlaced = false } = {},
): Uint8Array {
  const height = labels.length / width;
  const passes = interlaced ? PASSES : [[0, 0, 1, 1] as const];
  const rows = passes.flatMap(([left, top, across, down]) => {
    const columns = from(left, width, across);
    return columns.length === 0 ? [] : from(top, height, down).map((y) => packed(columns, labels, y * width, depth));
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, 3, 0, 0, Number(interlaced)], 8);
  // Colours that tell nothing of their place.
  const palette = Buffer.from(Array.from({ length: 3 << depth }, (_, i) => (i * 89) % 251));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function from(first: number, end: number, step: number): number[] {
  return Array.from({ length: Math.max(0, Math.ceil((end - first) / step)) }, (_, i) => first + i * step);
}

/** A row behind its filter, 0: none. */
function packed(columns: readonly number[], labels: readonly number[], start: number, depth: number): Buffer {
  const row = Buffer.alloc(1 + Math.ceil((columns.length * depth) / 8));
  for (const [i, x] of columns.entries()) {
    const bit = i * depth;
    row[1 + (bit >> 3)]! |= labels[start + x]! << (8 - depth - (bit & 7));
  }
  return row;
}

function chunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const bytes = Buffer.alloc(body.length + 8);
  bytes.writeUInt32BE(content.length, 0);
  bytes.set(body, 4);
  bytes.writeUInt32BE(crc32(body), body.length + 4);
  return bytes;
}
