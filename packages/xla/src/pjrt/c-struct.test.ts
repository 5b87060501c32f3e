import { addressOf } from '@vjepa/native';
import { describe, expect, it } from 'vitest';
import { CStruct, sizeOf } from './c-struct.js';

describe('a C struct', () => {
  const FIELDS = { size: 'size', ready: 'bool', code: 'int', share: 'float', data: 'pointer', last: 'bool' } as const;

  it('lays its fields out as C does', () => {
    const bytes = Float32Array.of(1);
    const struct = new CStruct(FIELDS, { size: 7, ready: true, code: -2, share: 0.5, data: bytes, last: true });
    const view = new DataView(struct.memory as ArrayBuffer);
    expect(sizeOf(FIELDS)).toBe(40);
    expect([view.getBigInt64(0, true), view.getUint8(8), view.getInt32(12, true)]).toEqual([7n, 1, -2]);
    expect([view.getFloat32(16, true), view.getBigUint64(24, true), view.getUint8(32)]).toEqual([
      0.5,
      addressOf(bytes),
      1,
    ]);
  });

  it('is zero where nothing was given', () => {
    const struct = new CStruct(FIELDS);
    expect([struct.get('size'), struct.get('ready'), struct.get('data')]).toEqual([0, false, 0n]);
  });
});
