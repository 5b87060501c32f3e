import { nodeModule } from './node-module.js';

/** zlib counts bytes in 32 bits. */
const MOST_AT_ONCE = 2 ** 30;

/** CRC-32 of bytes of any length, going on from an earlier value. */
export function crc32Of(bytes: Uint8Array, value = 0): number {
  const crc32 = nodeModule('node:zlib')?.crc32 ?? crc32InJavaScript;
  let result = value;
  for (let start = 0; start < bytes.byteLength; start += MOST_AT_ONCE) {
    result = crc32(bytes.subarray(start, start + MOST_AT_ONCE), result);
  }
  return result;
}

/** `TABLES[k][b]`: what byte b does to the checksum k bytes later. */
let tables: Int32Array[] | undefined;

/** Four bytes at a time ("slicing by four"): browsers have no function for it. */
export function crc32InJavaScript(bytes: Uint8Array, value = 0): number {
  tables ??= makeTables();
  const [t0, t1, t2, t3] = tables as [Int32Array, Int32Array, Int32Array, Int32Array];
  let crc = ~value;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc = t3[crc & 255]! ^ t2[(crc >>> 8) & 255]! ^ t1[(crc >>> 16) & 255]! ^ t0[crc >>> 24]!;
  }
  for (; at < bytes.length; at++) crc = t0[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

function makeTables(): Int32Array[] {
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    first[byte] = crc;
  }
  const made = [first];
  for (let k = 1; k < 4; k++) made.push(made[k - 1]!.map((crc) => (crc >>> 8) ^ first[crc & 255]!));
  return made;
}
