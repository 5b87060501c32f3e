import { BinaryReader } from '@bufbuild/protobuf/wire';

/** Protocol buffers' wire types: numbers and booleans; strings, bytes, messages and packed lists. */
export const VARINT = 0;
export const MESSAGE = 2;

/**
 * A protocol buffers message that has been read, its fields asked for by number. A field that is not there is the
 * format's default: 0, '' or an empty list.
 */
export class ProtobufMessage {
  readonly #numbers = new Map<number, number>();
  readonly #bytes = new Map<number, Uint8Array[]>();

  /** @throws Error where the bytes are no message */
  constructor(message: Uint8Array) {
    const reader = new BinaryReader(message);
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (wireType === VARINT) this.#numbers.set(field, Number(reader.int64()));
      else if (wireType === MESSAGE) this.#add(field, reader.bytes());
      else reader.skip(wireType, field);
    }
  }

  #add(field: number, bytes: Uint8Array): void {
    const repeated = this.#bytes.get(field);
    if (repeated) repeated.push(bytes);
    else this.#bytes.set(field, [bytes]);
  }

  number(field: number): number {
    return this.#numbers.get(field) ?? 0;
  }

  text(field: number): string {
    return new TextDecoder().decode(this.#bytes.get(field)?.at(-1));
  }

  messages(field: number): ProtobufMessage[] {
    return (this.#bytes.get(field) ?? []).map((bytes) => new ProtobufMessage(bytes));
  }

  /** A packed list. */
  numbers(field: number): number[] {
    return (this.#bytes.get(field) ?? []).flatMap((bytes) => {
      const reader = new BinaryReader(bytes);
      const numbers: number[] = [];
      while (reader.pos < reader.len) numbers.push(reader.int32());
      return numbers;
    });
  }
}
