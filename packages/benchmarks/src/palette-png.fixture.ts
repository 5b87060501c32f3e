import { crc32, deflateSync } from 'node:zlib';

/** A PNG with a palette, `depth` bits to a pixel, as PASCAL VOC and DAVIS have their annotations. */
export function palettePng(width: number, labels: readonly number[], depth: 1 | 2 | 4 | 8 = 8): Uint8Array {
  const height = labels.length / width;
  const rowBytes = Math.ceil((width * depth) / 8);
  const rows = Buffer.alloc(height * (1 + rowBytes));
  for (const [i, label] of labels.entries()) {
    const [y, bit] = [Math.floor(i / width), (i % width) * depth];
    rows[y * (1 + rowBytes) + 1 + (bit >> 3)]! |= label << (8 - depth - (bit & 7));
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, 3, 0, 0, 0], 8);
  // Colours that tell nothing of their place.
  const palette = Buffer.from(Array.from({ length: 3 << depth }, (_, i) => (i * 89) % 251));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const bytes = Buffer.alloc(body.length + 8);
  bytes.writeUInt32BE(content.length, 0);
  bytes.set(body, 4);
  bytes.writeUInt32BE(crc32(body), body.length + 4);
  return bytes;
}
