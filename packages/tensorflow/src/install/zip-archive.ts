import { createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { makeFolder } from './make-folder.js';

/** A file inside a zip archive. */
export interface ZipEntry {
  name: string;
  compressedBytes: number;
  bytes: number;
  /** 0 stored, 8 deflated; wheels use no other. */
  method: number;
  crc32: number;
  /** Where its local header starts. */
  offset: number;
  /** Unix permissions, or 0 if the archive was made elsewhere. */
  mode: number;
}

/**
 * Reads a zip file's directory, ZIP64 included, without touching the files in it.
 *
 * @throws Error naming the archive if its end is missing (an incomplete download) or its directory damaged.
 */
export async function listZip(path: string): Promise<ZipEntry[]> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { offset, bytes, entries } = await findDirectory(file, size, path);
    if (offset + bytes > size) throw new Error(`${path} is damaged: its directory lies beyond its end`);
    return parseDirectory(await read(file, offset, bytes), entries, path);
  } finally {
    await file.close();
  }
}

async function findDirectory(file: FileHandle, size: number, path: string) {
  // The end record is 22 bytes, then a comment of at most 65,535.
  const tail = await read(file, Math.max(0, size - 65_557), Math.min(size, 65_557));
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06'));
  if (end < 0) throw new Error(`${path} is not a zip file, or not all of it: its end record is missing`);
  const directory = {
    entries: tail.readUInt16LE(end + 10),
    bytes: tail.readUInt32LE(end + 12),
    offset: tail.readUInt32LE(end + 16),
  };
  if (end >= 20 && tail.toString('latin1', end - 20, end - 16) === 'PK\x06\x07') {
    const end64 = await read(file, Number(tail.readBigUInt64LE(end - 12)), 56);
    directory.entries = Number(end64.readBigUInt64LE(32));
    directory.bytes = Number(end64.readBigUInt64LE(40));
    directory.offset = Number(end64.readBigUInt64LE(48));
  }
  return directory;
}

function parseDirectory(directory: Buffer, count: number, path: string): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) {
      throw new Error(`${path} is damaged: entry ${index} of its directory is not one`);
    }
    const nameEnd = at + 46 + directory.readUInt16LE(at + 28);
    const extraEnd = nameEnd + directory.readUInt16LE(at + 30);
    const entry = {
      name: directory.toString('utf8', at + 46, nameEnd),
      method: directory.readUInt16LE(at + 10),
      crc32: directory.readUInt32LE(at + 16),
      compressedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
      mode: directory.readUInt32LE(at + 38) >>> 16,
    };
    applyZip64(entry, directory.subarray(nameEnd, extraEnd));
    entries.push(entry);
    at = extraEnd + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/** Sizes that do not fit 32 bits stand in an extra field of their own, each only if its place is all ones. */
function applyZip64(entry: ZipEntry, extra: Buffer): void {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let value = at + 4;
    for (const field of ['bytes', 'compressedBytes', 'offset'] as const) {
      if (entry[field] !== 0xffffffff) continue;
      entry[field] = Number(extra.readBigUInt64LE(value));
      value += 8;
    }
  }
}

/**
 * Unpacks one file of a zip archive, streaming, and checks its size and CRC-32.
 *
 * @param onBytes called with the number of unpacked bytes as they are written
 * @throws Error naming archive and file if the data is damaged; what was written then stays behind, incomplete
 */
export async function extractZipEntry(
  path: string,
  entry: ZipEntry,
  destination: string,
  onBytes: (bytes: number) => void = () => {},
): Promise<void> {
  await makeFolder(dirname(destination));
  const file = await open(path);
  try {
    const header = await read(file, entry.offset, 30);
    if (header.readUInt32LE(0) !== 0x04034b50) throw new Error('its header is not where the directory says');
    // Name and extra field of the local header may differ in length from the directory's.
    const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
    let checksum = 0;
    let written = 0;
    const check = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        checksum = crc32(chunk, checksum);
        written += chunk.length;
        onBytes(chunk.length);
        done(null, chunk);
      },
    });
    const mode = entry.mode & 0o111 ? 0o755 : 0o644;
    const output = createWriteStream(destination, { mode });
    const source =
      entry.compressedBytes === 0
        ? []
        : [
            file.createReadStream({
              start,
              end: start + entry.compressedBytes - 1,
              autoClose: false,
              highWaterMark: 2 ** 20,
            }),
          ];
    if (entry.method === 8 && source[0])
      await pipeline(source[0], createInflateRaw({ chunkSize: 2 ** 20 }), check, output);
    else if (entry.method === 0 && source[0]) await pipeline(source[0], check, output);
    else if (entry.method === 0) await pipeline([], output);
    else throw new Error(`it is compressed by method ${entry.method}, which no wheel uses`);
    if (written !== entry.bytes) throw new Error(`${written} bytes came out of it, ${entry.bytes} were expected`);
    if (checksum !== entry.crc32) throw new Error('its checksum is wrong');
  } catch (cause) {
    throw new Error(`${path} is damaged at ${entry.name}: ${(cause as Error).message}`, { cause });
  } finally {
    await file.close();
  }
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new Error(`the file ends ${length - bytesRead} bytes early`);
  return buffer;
}
