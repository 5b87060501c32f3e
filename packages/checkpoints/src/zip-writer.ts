import { crc32Of } from './crc32-of.js';
import type { FileSink } from './write-atomically.js';

/** PyTorch starts every record at a multiple of 64 bytes, so that a file can be mapped into memory. */
const ALIGNMENT = 64;
const WIDE_FROM = 0xffff_ffff;

interface WrittenEntry {
  name: Buffer;
  crc: number;
  bytes: number;
  headerStart: number;
}

/** Writes a zip archive of stored entries in one pass, with 64-bit fields only where numbers need them. */
export class ZipWriter {
  readonly #entries: WrittenEntry[] = [];
  readonly #sink: Pick<FileSink, 'position' | 'write'>;

  constructor(sink: Pick<FileSink, 'position' | 'write'>) {
    this.#sink = sink;
  }

  /** Adds an entry whose bytes start at a multiple of 64. */
  async add(name: string, bytes: Uint8Array): Promise<void> {
    const entry = {
      name: Buffer.from(name, 'utf8'),
      crc: crc32Of(bytes),
      bytes: bytes.byteLength,
      headerStart: this.#sink.position,
    };
    const wide = entry.bytes >= WIDE_FROM ? wideExtra([entry.bytes, entry.bytes]) : Buffer.alloc(0);
    const dataStart = entry.headerStart + 30 + entry.name.length + wide.length;
    // At least the 4 bytes of the padding field's own header.
    const padding = paddingExtra(4 + ((ALIGNMENT - ((dataStart + 4) % ALIGNMENT)) % ALIGNMENT));
    await this.#sink.write(localHeader(entry, Buffer.concat([wide, padding])));
    await this.#sink.write(bytes);
    this.#entries.push(entry);
  }

  /** Writes the directory; the archive is complete after it. */
  async finish(): Promise<void> {
    const start = this.#sink.position;
    const directory = Buffer.concat(this.#entries.map(directoryEntry));
    await this.#sink.write(directory);
    await this.#sink.write(endRecords(this.#entries.length, start, directory.length));
  }
}

function localHeader({ name, crc, bytes }: WrittenEntry, extra: Buffer): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  writeCommonFields(header, 4, bytes >= WIDE_FROM ? 45 : 20, crc, bytes);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, name, extra]);
}

function directoryEntry({ name, crc, bytes, headerStart }: WrittenEntry): Buffer {
  const wideNumbers = [
    ...(bytes >= WIDE_FROM ? [bytes, bytes] : []),
    ...(headerStart >= WIDE_FROM ? [headerStart] : []),
  ];
  const extra = wideNumbers.length > 0 ? wideExtra(wideNumbers) : Buffer.alloc(0);
  const version = wideNumbers.length > 0 ? 45 : 20;
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(version, 4);
  writeCommonFields(header, 6, version, crc, bytes);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(Math.min(headerStart, WIDE_FROM), 42);
  return Buffer.concat([header, name, extra]);
}

/** What the local header and the directory share: version, flags, method, date, checksum, sizes. */
function writeCommonFields(header: Buffer, offset: number, version: number, crc: number, bytes: number): void {
  header.writeUInt16LE(version, offset);
  header.writeUInt16LE(0x0800, offset + 2); // names are UTF-8
  header.writeUInt16LE(0, offset + 4); // stored
  header.writeUInt16LE(0, offset + 6);
  header.writeUInt16LE(0x21, offset + 8); // 1 January 1980: equal contents make equal files
  header.writeUInt32LE(crc, offset + 10);
  header.writeUInt32LE(Math.min(bytes, WIDE_FROM), offset + 14);
  header.writeUInt32LE(Math.min(bytes, WIDE_FROM), offset + 18);
}

function wideExtra(numbers: number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * numbers.length);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8 * numbers.length, 2);
  numbers.forEach((number, index) => {
    extra.writeBigUInt64LE(BigInt(number), 4 + 8 * index);
  });
  return extra;
}

/** The field 'FB' that PyTorch pads with too. */
function paddingExtra(bytes: number): Buffer {
  const extra = Buffer.alloc(bytes, 'Z');
  extra.write('FB', 0, 'latin1');
  extra.writeUInt16LE(bytes - 4, 2);
  return extra;
}

function endRecords(entries: number, start: number, bytes: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(entries, 0xffff), 8);
  end.writeUInt16LE(Math.min(entries, 0xffff), 10);
  end.writeUInt32LE(Math.min(bytes, WIDE_FROM), 12);
  end.writeUInt32LE(Math.min(start, WIDE_FROM), 16);
  if (entries < 0xffff && start < WIDE_FROM && bytes < WIDE_FROM) return end;
  return Buffer.concat([wideEndRecords(entries, start, bytes), end]);
}

function wideEndRecords(entries: number, start: number, bytes: number): Buffer {
  const record = Buffer.alloc(56 + 20);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeBigUInt64LE(BigInt(entries), 24);
  record.writeBigUInt64LE(BigInt(entries), 32);
  record.writeBigUInt64LE(BigInt(bytes), 40);
  record.writeBigUInt64LE(BigInt(start), 48);
  record.writeUInt32LE(0x07064b50, 56);
  record.writeBigUInt64LE(BigInt(start + bytes), 64);
  record.writeUInt32LE(1, 72);
  return record;
}
