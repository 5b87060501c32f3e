import type * as NodeAv from 'node-av/lib';
import { containerWhitelist } from '../containers.js';
import { openSource } from '../sources/open-source.js';
import type { SourceFile } from '../sources/source-file.js';
import { plainName } from '../sources/source-location.js';

// FFmpeg's public constants.
const SEEK_SIZE = 0x10000;
const SEEK_CURRENT = 1;
const SEEK_END = 2;
const ERROR_END_OF_FILE = -0x20464f45;
const ERROR_IO = -5;
const ERROR_INVALID_ARGUMENT = -22;
/**
 * Small, because node-av does not free it with its context: at 64 KB, a million clips took the memory of the machine. Larger
 * reads pass it by.
 */
const BUFFER_BYTES = 4096;
/** A list of protocols that no address can have. */
const NO_PROTOCOL = 'none';

/**
 * A source opened by FFmpeg's libraries, which read it by way of this package: they have no name to open anything by, and
 * a read that fails is known as one.
 */
export class NativeInput {
  readonly context: NodeAv.FormatContext;
  readonly #av: typeof NodeAv;
  readonly #path: string;
  readonly #io: NodeAv.IOContext;
  #source: SourceFile | undefined;

  constructor(av: typeof NodeAv, path: string) {
    this.#av = av;
    this.#path = path;
    this.#io = new av.IOContext();
    this.context = new av.FormatContext();
  }

  /** Returns FFmpeg's error code (nothing is open then), or 0. Only containers are opened, and nothing that they might name. */
  open(): number {
    const source = openSource(this.#path);
    this.#source = source;
    let position = 0;
    const read = (length: number) => {
      if (position >= source.size()) return ERROR_END_OF_FILE;
      try {
        const buffer = Buffer.allocUnsafe(length);
        const count = source.read(buffer, 0, length, position);
        position += count;
        return count === 0 ? ERROR_END_OF_FILE : buffer.subarray(0, count);
      } catch {
        return ERROR_IO;
      }
    };
    const seek = (offset: bigint, whence: number) => {
      if (whence === SEEK_SIZE) return BigInt(source.size());
      const base = whence === SEEK_CURRENT ? position : whence === SEEK_END ? source.size() : 0;
      if (base + Number(offset) < 0) return BigInt(ERROR_INVALID_ARGUMENT);
      position = base + Number(offset);
      return BigInt(position);
    };
    this.#io.allocContextWithCallbacks(BUFFER_BYTES, 0, read, null, seek);
    this.context.allocContext();
    this.context.pb = this.#io;
    const options = { protocol_whitelist: NO_PROTOCOL, format_whitelist: containerWhitelist };
    const code = this.context.openInputSync(plainName(this.#path), null, this.#av.Dictionary.fromObject(options));
    if (code < 0) this.#closeSource();
    return code;
  }

  close(): void {
    this.context.closeInputSync();
    this.#closeSource();
  }

  #closeSource(): void {
    this.#io.freeContext();
    this.#source?.close();
  }
}
