import { createReadStream, createWriteStream } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { makeFolder } from './make-folder.js';

/** A file or a symbolic link of a tar archive. */
export interface TarEntry {
  name: string;
  bytes: number;
  mode: number;
  /** The link's target, for a symbolic link. */
  target?: string;
}

/**
 * Unpacks the files of a `.tar.gz` that `select` wants, streaming, under the paths it gives; gzip's own checksum is
 * verified on the way. Understands ustar, with long names in GNU's or pax's way.
 *
 * @throws Error naming the archive if it is damaged or ends early
 */
export async function extractTarGz(
  path: string,
  select: (entry: TarEntry) => string | undefined,
  onBytes: (bytes: number) => void = () => {},
): Promise<void> {
  try {
    await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), createGunzip(), (source) =>
      unpack(new ByteReader(source), select, onBytes),
    );
  } catch (cause) {
    throw new Error(`${path} is damaged or incomplete: ${(cause as Error).message}`, { cause });
  }
}

async function unpack(
  reader: ByteReader,
  select: (entry: TarEntry) => string | undefined,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let longName: string | undefined;
  for (;;) {
    const header = await reader.read(512);
    if (header === undefined) throw new Error('it has no end mark');
    if (header.every((byte) => byte === 0)) break;
    const bytes = octal(header, 124, 12);
    const padding = (512 - (bytes % 512)) % 512;
    const type = String.fromCharCode(header[156] || 48);
    if (type === 'L' || type === 'x') {
      const text = (await reader.need(bytes)).toString('utf8');
      longName = type === 'L' ? text.replace(/\0.*$/s, '') : (/\d+ path=([^\n]*)\n/.exec(text)?.[1] ?? longName);
      await reader.need(padding);
      continue;
    }
    const prefix = string(header, 345, 155);
    const name = longName ?? (prefix ? `${prefix}/` : '') + string(header, 0, 100);
    longName = undefined;
    const entry: TarEntry = {
      name: normalize(name),
      bytes,
      mode: octal(header, 100, 8),
      ...(type === '2' ? { target: string(header, 157, 100) } : {}),
    };
    const destination = type === '0' || type === '2' ? select(entry) : undefined;
    if (destination === undefined) for await (const _ of reader.take(bytes));
    else await write(entry, destination, reader, onBytes);
    await reader.need(padding);
  }
  for await (const _ of reader.take(Number.POSITIVE_INFINITY));
}

async function write(
  entry: TarEntry,
  destination: string,
  reader: ByteReader,
  onBytes: (bytes: number) => void,
): Promise<void> {
  await makeFolder(dirname(destination));
  if (entry.target !== undefined) {
    // Only a link to a neighbour: a link that leads elsewhere has no business in a library's archive.
    if (entry.target.includes('/')) throw new Error(`${entry.name} links to ${entry.target}, outside its folder`);
    await symlink(entry.target, destination);
    return;
  }
  const output = createWriteStream(destination, { mode: entry.mode & 0o111 ? 0o755 : 0o644 });
  await pipeline(Readable.from(counted(reader.take(entry.bytes), entry, onBytes)), output);
}

async function* counted(source: AsyncIterable<Buffer>, entry: TarEntry, onBytes: (bytes: number) => void) {
  let left = entry.bytes;
  for await (const chunk of source) {
    left -= chunk.length;
    onBytes(chunk.length);
    yield chunk;
  }
  if (left > 0) throw new Error(`${entry.name} ends ${left} bytes early`);
}

/** Pulls exact numbers of bytes out of a stream of chunks. */
class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Chunks that add up to `bytes`, or to what is left of the stream. */
  async *take(bytes: number): AsyncGenerator<Buffer> {
    let left = bytes;
    while (left > 0) {
      if (this.#rest.length === 0) {
        const { value, done } = await this.#source.next();
        if (done) return;
        this.#rest = value;
      }
      const chunk = this.#rest.subarray(0, Math.min(left, this.#rest.length));
      this.#rest = this.#rest.subarray(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
  }

  /** Exactly `bytes`, or undefined if the stream is at its end. */
  async read(bytes: number): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.take(bytes)) chunks.push(chunk);
    const buffer = Buffer.concat(chunks);
    if (buffer.length === 0 && bytes > 0) return undefined;
    if (buffer.length < bytes) throw new Error('it ends in the middle of a file');
    return buffer;
  }

  async need(bytes: number): Promise<Buffer> {
    const buffer = await this.read(bytes);
    if (buffer === undefined) throw new Error('it ends in the middle of a file');
    return buffer;
  }
}

function string(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

function octal(header: Buffer, start: number, length: number): number {
  // Sizes of 8 GiB and more are binary, marked by the top bit.
  if (header[start]! & 0x80) return Number(header.readBigUInt64BE(start + length - 8));
  return Number.parseInt(string(header, start, length).trim() || '0', 8);
}

/** A path below `folder`, refusing names that lead out of it. */
export function inside(folder: string, name: string): string {
  const path = normalize(name);
  if (path.startsWith('..') || path.startsWith('/')) throw new Error(`${name} leads out of the archive`);
  return join(folder, path);
}
