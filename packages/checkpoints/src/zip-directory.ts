import type { ByteSource } from './byte-source.js';
import { CheckpointError } from './checkpoint-error.js';

/** One file in a zip archive. */
export interface ZipEntry {
  name: string;
  /** Bytes once unpacked. */
  bytes: number;
  /** Bytes in the archive. */
  packedBytes: number;
  /** Packed by deflate; otherwise stored as it is. */
  deflated: boolean;
  crc32: number;
  /** Where its local header starts. */
  headerStart: number;
}

const END_SIGNATURE = 0x06054b50;
const ZIP64_LOCATOR_SIGNATURE = 0x07064b50;
const ZIP64_END_SIGNATURE = 0x06064b50;
const ENTRY_SIGNATURE = 0x02014b50;

/** A directory for a million tensors; a larger one is an attempt to fill the memory. */
const MAX_DIRECTORY_BYTES = 2 ** 28;

const TRUNCATED = 'the file is truncated or damaged: copy or download it again';

/** Zeros after an archive that are let pass. */
const MAX_PADDING = 2 ** 24;
const PADDING_STEP = 2 ** 16;

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

interface DirectoryPlace {
  /** Of the record that names the directory. */
  recordStart: number;
  start: number;
  bytes: number;
  entries: number;
}

/**
 * Reads the directory at the end of a zip archive, in its plain and its 64-bit form.
 *
 * @returns the entries by name
 * @throws CheckpointError when there is no directory, or one that contradicts the file or itself
 */
export async function readZipDirectory(file: ByteSource): Promise<Map<string, ZipEntry>> {
  const place = await findDirectory(file);
  if (place.bytes > MAX_DIRECTORY_BYTES || place.start + place.bytes > file.size) {
    const problem = `its directory claims ${place.bytes} bytes at byte ${place.start} of ${file.size}`;
    throw new CheckpointError(file.path, problem, TRUNCATED);
  }
  const directory = new DataView((await file.read(place.start, place.bytes)).buffer);
  const entries = new Map<string, ZipEntry>();
  let offset = 0;
  for (let index = 0; index < place.entries; index++) {
    const { entry, next } = parseEntry(file, directory, offset);
    if (entries.has(entry.name)) {
      throw new CheckpointError(
        file.path,
        `holds two entries called '${entry.name}'`,
        'do not trust it: write it anew',
      );
    }
    entries.set(entry.name, entry);
    offset = next;
  }
  return entries;
}

async function findDirectory(file: ByteSource): Promise<DirectoryPlace> {
  // The end record is 22 bytes and a comment of up to 65535.
  const size = await sizeWithoutPadding(file);
  const tailStart = Math.max(0, size - 22 - 0xffff);
  const tail = new DataView((await file.read(tailStart, file.size - tailStart)).buffer);
  const records: number[] = [];
  for (let at = Math.min(size - tailStart, tail.byteLength - 22); at >= 0; at--) {
    if (tail.getUint32(at, true) === END_SIGNATURE && commentEnd(tail, at) <= tail.byteLength) records.push(at);
  }
  const placeOf = async (at: number) =>
    (await findZip64Directory(file, tailStart + at)) ?? parseEnd(tail, at, tailStart);
  // A directory ends where its record starts; what follows the archive, or looks like a record in its comment, is let pass.
  for (const at of records) {
    const place = await placeOf(at).catch(() => undefined);
    if (place && place.start + place.bytes === place.recordStart) return place;
  }
  const last = records.find((at) => new Uint8Array(tail.buffer, commentEnd(tail, at)).every((byte) => byte === 0));
  if (last === undefined) throw new CheckpointError(file.path, 'has no zip directory at its end', TRUNCATED);
  return placeOf(last);
}

function commentEnd(tail: DataView, recordAt: number): number {
  return recordAt + 22 + tail.getUint16(recordAt + 20, true);
}

/** Where the zeros start that a file ends with; at most so many are looked through. */
async function sizeWithoutPadding(file: ByteSource): Promise<number> {
  for (let end = file.size; end > Math.max(0, file.size - MAX_PADDING); end -= PADDING_STEP) {
    const start = Math.max(0, end - PADDING_STEP);
    const last = (await file.read(start, end - start)).findLastIndex((byte) => byte !== 0);
    if (last >= 0) return start + last + 1;
  }
  return file.size;
}

function parseEnd(tail: DataView, offset: number, tailStart: number): DirectoryPlace {
  return {
    recordStart: tailStart + offset,
    entries: tail.getUint16(offset + 10, true),
    bytes: tail.getUint32(offset + 12, true),
    start: tail.getUint32(offset + 16, true),
  };
}

/** Archives beyond 4 GiB or 65535 entries announce a 64-bit end record just before the plain one. */
async function findZip64Directory(file: ByteSource, endStart: number): Promise<DirectoryPlace | undefined> {
  if (endStart < 20) return undefined;
  const locator = new DataView((await file.read(endStart - 20, 20)).buffer);
  if (locator.getUint32(0, true) !== ZIP64_LOCATOR_SIGNATURE) return undefined;
  const recordStart = toSafe(file, locator.getBigUint64(8, true));
  const record = new DataView((await file.read(recordStart, 56)).buffer);
  if (record.getUint32(0, true) !== ZIP64_END_SIGNATURE) {
    throw new CheckpointError(file.path, 'its 64-bit zip directory is not where it should be', TRUNCATED);
  }
  return {
    recordStart,
    entries: toSafe(file, record.getBigUint64(32, true)),
    bytes: toSafe(file, record.getBigUint64(40, true)),
    start: toSafe(file, record.getBigUint64(48, true)),
  };
}

function parseEntry(file: ByteSource, directory: DataView, offset: number): { entry: ZipEntry; next: number } {
  if (offset + 46 > directory.byteLength || directory.getUint32(offset, true) !== ENTRY_SIGNATURE) {
    throw new CheckpointError(file.path, `its zip directory is damaged at byte ${offset}`, TRUNCATED);
  }
  const flags = directory.getUint16(offset + 8, true);
  const method = directory.getUint16(offset + 10, true);
  const nameEnd = offset + 46 + directory.getUint16(offset + 28, true);
  const extraEnd = nameEnd + directory.getUint16(offset + 30, true);
  const next = extraEnd + directory.getUint16(offset + 32, true);
  if (next > directory.byteLength) {
    throw new CheckpointError(file.path, `its zip directory is damaged at byte ${offset}`, TRUNCATED);
  }
  const name = UTF8.decode(new Uint8Array(directory.buffer, offset + 46, nameEnd - offset - 46));
  if (flags & 1 || (method !== 0 && method !== 8)) {
    const problem = flags & 1 ? 'is encrypted' : `is packed by method ${method}, expected 0 (stored) or 8 (deflate)`;
    throw new CheckpointError(file.path, `entry '${name}' ${problem}`, 'write it anew with torch.save');
  }
  // The 64-bit extra holds only those of the three numbers whose plain field is all ones, in this order.
  const wide = readZip64Extra(new DataView(directory.buffer, nameEnd, extraEnd - nameEnd));
  const number = (at: number) => {
    const plain = directory.getUint32(at, true);
    return plain === 0xffff_ffff && wide.length > 0 ? toSafe(file, wide.shift()!) : plain;
  };
  const bytes = number(offset + 24);
  const packedBytes = number(offset + 20);
  const headerStart = number(offset + 42);
  const deflated = method === 8;
  if (headerStart + 30 + packedBytes > file.size || (!deflated && bytes !== packedBytes)) {
    const problem = `entry '${name}' claims ${packedBytes} bytes at byte ${headerStart} of ${file.size}`;
    throw new CheckpointError(file.path, problem, TRUNCATED);
  }
  return {
    entry: { name, bytes, packedBytes, deflated, crc32: directory.getUint32(offset + 16, true), headerStart },
    next,
  };
}

function readZip64Extra(extra: DataView): bigint[] {
  for (let offset = 0; offset + 4 <= extra.byteLength; ) {
    const end = offset + 4 + extra.getUint16(offset + 2, true);
    if (extra.getUint16(offset, true) === 1) {
      const numbers: bigint[] = [];
      for (let at = offset + 4; at + 8 <= Math.min(end, extra.byteLength); at += 8)
        numbers.push(extra.getBigUint64(at, true));
      return numbers;
    }
    offset = end;
  }
  return [];
}

function toSafe(file: ByteSource, value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new CheckpointError(file.path, `its zip directory names byte ${value}`, TRUNCATED);
  }
  return Number(value);
}
