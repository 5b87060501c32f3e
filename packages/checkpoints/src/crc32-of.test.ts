import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { crc32InJavaScript, crc32Of } from './crc32-of.js';

const BYTES = Uint8Array.from({ length: 1021 }, (_, i) => (i * i + (i >> 3)) & 255);

describe('crc32InJavaScript', () => {
  it('is what zlib computes, at any length and from any value on', () => {
    for (const length of [0, 1, 3, 4, 5, 8, 1021]) {
      const bytes = BYTES.subarray(0, length);
      for (const value of [0, 1, 0xffff_ffff, 0x8000_0000]) {
        expect(crc32InJavaScript(bytes, value), `${length} bytes from ${value} on`).toBe(crc32(bytes, value));
      }
    }
  });

  it('goes on where another part ended', () => {
    expect(crc32InJavaScript(BYTES.subarray(100), crc32InJavaScript(BYTES.subarray(0, 100)))).toBe(crc32Of(BYTES));
  });
});
