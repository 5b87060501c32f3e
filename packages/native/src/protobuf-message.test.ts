import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { MESSAGE, ProtobufMessage, VARINT } from './protobuf-message.js';

describe('ProtobufMessage', () => {
  const bytes = new BinaryWriter()
    .tag(1, MESSAGE)
    .string('MatMul')
    .tag(7, VARINT)
    .int64(-1)
    .tag(9, 1)
    .double(0.5)
    .tag(3, MESSAGE)
    .fork()
    .tag(2, VARINT)
    .int32(14)
    .join()
    .tag(3, MESSAGE)
    .fork()
    .join()
    .tag(6, MESSAGE)
    .fork()
    .int32(1)
    .int32(300)
    .join()
    .finish();

  it('gives its fields by number', () => {
    const message = new ProtobufMessage(bytes);
    expect(message.text(1)).toBe('MatMul');
    expect(message.number(7)).toBe(-1);
    expect(message.messages(3).map((inner) => inner.number(2))).toEqual([14, 0]);
    expect(message.numbers(6)).toEqual([1, 300]);
  });

  it('gives defaults for fields that are not there', () => {
    const message = new ProtobufMessage(new Uint8Array());
    expect([message.text(1), message.number(1), message.messages(1), message.numbers(1)]).toEqual(['', 0, [], []]);
  });

  it('refuses a message that is cut off', () => {
    expect(() => new ProtobufMessage(bytes.subarray(0, bytes.length - 1))).toThrow();
  });
});
