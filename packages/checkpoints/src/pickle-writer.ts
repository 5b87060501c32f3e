const MARK = 0x28;

/**
 * Emits a pickle of protocol 2, opcode by opcode: the protocol that `torch.save` uses and that `torch.load` with
 * weights_only accepts.
 */
export class PickleWriter {
  #buffer = Buffer.alloc(1 << 16);
  #length = 0;

  constructor() {
    this.#bytes(0x80, 2);
  }

  none(): void {
    this.#bytes(code('N'));
  }

  boolean(value: boolean): void {
    this.#bytes(value ? 0x88 : 0x89);
  }

  /** Any integer of up to 255 bytes; small ones in the short forms. */
  integer(value: number | bigint): void {
    if (value >= 0 && value < 0x100) {
      this.#bytes(code('K'), Number(value));
    } else if (value >= -0x8000_0000 && value < 0x8000_0000) {
      this.#bytes(code('J'));
      this.#append(4, (at) => this.#buffer.writeInt32LE(Number(value), at));
    } else {
      this.#longInteger(BigInt(value));
    }
  }

  #longInteger(value: bigint): void {
    const bytes = twosComplement(value);
    if (bytes.length > 255) throw new RangeError(`an integer of ${bytes.length} bytes is too large for a checkpoint`);
    this.#bytes(0x8a, bytes.length, ...bytes);
  }

  float(value: number): void {
    this.#bytes(code('G'));
    this.#append(8, (at) => this.#buffer.writeDoubleBE(value, at));
  }

  text(value: string): void {
    const length = Buffer.byteLength(value, 'utf8');
    this.#bytes(code('X'));
    this.#append(4, (at) => this.#buffer.writeUInt32LE(length, at));
    this.#append(length, (at) => this.#buffer.write(value, at, 'utf8'));
  }

  /** A name such as torch.FloatStorage. */
  global(module: string, name: string): void {
    const line = `c${module}\n${name}\n`;
    this.#append(line.length, (at) => this.#buffer.write(line, at, 'latin1'));
  }

  list(emitItems: () => void): void {
    this.#bytes(code(']'), MARK);
    emitItems();
    this.#bytes(code('e'));
  }

  tuple(emitItems: () => void): void {
    this.#bytes(MARK);
    emitItems();
    this.#bytes(code('t'));
  }

  /** @param emitItems emits a key, its value, the next key, … */
  dict(emitItems: () => void): void {
    this.#bytes(code('}'), MARK);
    emitItems();
    this.#bytes(code('u'));
  }

  /** Calls the name before the last value with that value, a tuple. */
  reduce(): void {
    this.#bytes(code('R'));
  }

  /** Turns the last value into the object that it identifies. */
  persistent(): void {
    this.#bytes(code('Q'));
  }

  /** The whole pickle; nothing can be emitted afterwards. */
  finish(): Uint8Array {
    this.#bytes(code('.'));
    return this.#buffer.subarray(0, this.#length);
  }

  #bytes(...values: number[]): void {
    this.#append(values.length, (at) => this.#buffer.set(values, at));
  }

  #append(length: number, write: (at: number) => void): void {
    const needed = this.#length + length;
    if (needed > this.#buffer.length) {
      const larger = Buffer.alloc(2 * needed);
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    write(this.#length);
    this.#length = needed;
  }
}

function code(character: string): number {
  return character.charCodeAt(0);
}

/** Little-endian, as short as the sign allows. */
function twosComplement(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const byte = Number(rest & 0xffn);
    bytes.push(byte);
    rest >>= 8n;
    if ((rest === 0n && byte < 0x80) || (rest === -1n && byte >= 0x80)) return bytes;
  }
}
