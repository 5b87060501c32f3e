import { crc32 } from 'node:zlib';

/** zlib counts bytes in 32 bits. */
const MOST_AT_ONCE = 2 ** 30;

/** CRC-32 of bytes of any length, going on from an earlier value. */
export function crc32Of(bytes: Uint8Array, value = 0): number {
  let result = value;
  for (let start = 0; start < bytes.byteLength; start += MOST_AT_ONCE) {
    result = crc32(bytes.subarray(start, start + MOST_AT_ONCE), result);
  }
  return result;
}
