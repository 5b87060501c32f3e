import type * as NodeAv from 'node-av/lib';
import { containerWhitelist } from '../containers.js';
import { openSource } from '../sources/open-source.js';
import type { SourceFile } from '../sources/source-file.js';
import { ffmpegInput, parseSource } from '../sources/source-location.js';

// FFmpeg's public constants.
const SEEK_SIZE = 0x10000;
const SEEK_CURRENT = 1;
const SEEK_END = 2;
const ERROR_END_OF_FILE = -0x20464f45;
const ERROR_IO = -5;
const BUFFER_BYTES = 65536;
/** A list of protocols that no address can have. */
const NO_PROTOCOL = 'none';

/** A source opened by FFmpeg's libraries: files and tar members by FFmpeg itself, the network by way of this package. */
export class NativeInput {
  readonly context: NodeAv.FormatContext;
  readonly #av: typeof NodeAv;
  readonly #path: string;
  #io: NodeAv.IOContext | undefined;
  #source: SourceFile | undefined;

  constructor(av: typeof NodeAv, path: string) {
    this.#av = av;
    this.#path = path;
    this.context = new av.FormatContext();
  }

  /** Returns FFmpeg's error code, or 0. */
  open(): number {
    if (parseSource(this.#path).kind === 'http') return this.#openThroughReads();
    const { input, protocols } = ffmpegInput(this.#path);
    return this.context.openInputSync(input, null, this.#options(protocols));
  }

  close(): void {
    this.context.closeInputSync();
    this.#io?.freeContext();
    this.#source?.close();
  }

  /** Only containers are read, and of what they might name nothing is opened. */
  #options(protocols: string): NodeAv.Dictionary {
    return this.#av.Dictionary.fromObject({ protocol_whitelist: protocols, format_whitelist: containerWhitelist });
  }

  #openThroughReads(): number {
    const source = openSource(this.#path);
    this.#source = source;
    this.#io = new this.#av.IOContext();
    let position = 0;
    const read = (length: number) => {
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
      position = base + Number(offset);
      return BigInt(position);
    };
    this.#io.allocContextWithCallbacks(BUFFER_BYTES, 0, read, null, seek);
    this.context.allocContext();
    this.context.pb = this.#io;
    const code = this.context.openInputSync('', null, this.#options(NO_PROTOCOL));
    if (code < 0) this.#io.freeContext();
    return code;
  }
}
