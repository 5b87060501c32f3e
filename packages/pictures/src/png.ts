import { crc32, deflateSync } from 'node:zlib';
import type { RgbPicture } from './rgb-picture.js';

/** The picture as a PNG file (8-bit RGB, no filter), as ISO/IEC 15948 lays it out. */
export function encodePng({ width, height, data }: RgbPicture): Uint8Array {
  if (data.length !== width * height * 3) {
    throw new RangeError(`a ${width} x ${height} picture has ${width * height * 3} bytes, found ${data.length}`);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB, deflate, adaptive filters, not interlaced
  const rows = Buffer.alloc(height * (width * 3 + 1)); // each row behind its filter byte, 0: none
  for (let y = 0; y < height; y++) {
    rows.set(data.subarray(y * width * 3, (y + 1) * width * 3), y * (width * 3 + 1) + 1);
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
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
