import { crc32c } from './crc32c.js';

/**
 * One record of a TFRecord file: the length as uint64, its masked checksum, the data, their masked checksum, all
 * little-endian.
 */
export function encodeRecord(data: Uint8Array): Uint8Array {
  const record = Buffer.alloc(data.byteLength + 16);
  record.writeBigUInt64LE(BigInt(data.byteLength), 0);
  record.writeUInt32LE(maskedChecksum(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedChecksum(data), 12 + data.byteLength);
  return record;
}

/** CRC-32C turned right by 15 bits plus a constant, so that the checksum of data holding checksums is still good. */
export function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
