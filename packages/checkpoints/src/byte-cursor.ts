import { latin1Text } from './latin1.js';

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Reads little-endian numbers and strings in order; throws a RangeError at the end of the bytes. */
export class ByteCursor {
  readonly #view: DataView;
  #offset = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.#offset;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** A 64-bit length; one that no file can have is an error like any other that leads beyond the end. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** A float64, the one number that pickles store big-endian. */
  float64BigEndian(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(length: number, encoding: 'utf8' | 'latin1' = 'utf8'): string {
    const bytes = this.take(length);
    return encoding === 'utf8' ? UTF8.decode(bytes) : latin1Text(bytes);
  }

  /** Text up to the next line feed, which is consumed. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#offset);
    if (end < 0) throw new RangeError('no line feed follows');
    const text = this.text(end - this.#offset);
    this.#offset = end + 1;
    return text;
  }

  #advance(length: number): number {
    const start = this.#offset;
    if (!(length <= this.#bytes.byteLength - start)) {
      throw new RangeError(`${length} bytes from byte ${start} on are beyond its ${this.#bytes.byteLength} bytes`);
    }
    this.#offset = start + length;
    return start;
  }
}
