import { crc32, inflateRawSync } from 'node:zlib';
import { CheckpointError } from './checkpoint-error.js';
import type { RandomAccessFile } from './random-access-file.js';
import { readZipDirectory, type ZipEntry } from './zip-directory.js';

const damaged = 'the file is damaged: copy or download it again';

/** A zip archive whose entries are read on demand, stored ones in part as well. */
export class ZipArchive {
  private readonly dataStarts = new Map<string, number>();

  private constructor(
    private readonly file: RandomAccessFile,
    readonly entries: ReadonlyMap<string, ZipEntry>,
  ) {}

  /** @throws CheckpointError when the archive's directory is missing or damaged */
  static async open(file: RandomAccessFile): Promise<ZipArchive> {
    return new ZipArchive(file, await readZipDirectory(file));
  }

  /**
   * The whole entry, its checksum verified where the archive holds one.
   *
   * @throws CheckpointError when the entry cannot be unpacked or its checksum differs
   */
  async read(entry: ZipEntry): Promise<Uint8Array> {
    const packed = await this.file.read(await this.dataStart(entry), entry.packedBytes);
    const bytes = entry.deflated ? this.inflate(entry, packed) : packed;
    // PyTorch can be told not to compute checksums and then leaves 0.
    if (entry.crc32 !== 0 && crc32(bytes) !== entry.crc32) {
      throw new CheckpointError(this.file.path, `entry '${entry.name}' does not match its checksum`, damaged);
    }
    return bytes;
  }

  /** Bytes [start, start + length) of the unpacked entry. Only a stored entry is read in part. */
  async readRange(entry: ZipEntry, start: number, length: number): Promise<Uint8Array> {
    if (start === 0 && length === entry.bytes) return this.read(entry);
    if (entry.deflated) return (await this.read(entry)).slice(start, start + length);
    return this.file.read((await this.dataStart(entry)) + start, length);
  }

  /** The local header repeats the name and may pad it, so the data's place is known only after reading it. */
  private async dataStart(entry: ZipEntry): Promise<number> {
    const known = this.dataStarts.get(entry.name);
    if (known !== undefined) return known;
    const header = new DataView((await this.file.read(entry.headerStart, 30)).buffer);
    const nameLength = header.getUint16(26, true);
    const name = Buffer.from(await this.file.read(entry.headerStart + 30, nameLength)).toString('utf8');
    if (header.getUint32(0, true) !== 0x04034b50 || name !== entry.name) {
      throw new CheckpointError(this.file.path, `entry '${entry.name}' is not where the archive says`, damaged);
    }
    const start = entry.headerStart + 30 + nameLength + header.getUint16(28, true);
    this.dataStarts.set(entry.name, start);
    return start;
  }

  private inflate(entry: ZipEntry, packed: Uint8Array): Uint8Array {
    try {
      const bytes = inflateRawSync(packed, { maxOutputLength: Math.max(entry.bytes, 1) });
      if (bytes.byteLength === entry.bytes) return bytes;
    } catch (error) {
      const problem = `entry '${entry.name}' cannot be unpacked (${(error as Error).message})`;
      throw new CheckpointError(this.file.path, problem, damaged, { cause: error });
    }
    throw new CheckpointError(this.file.path, `entry '${entry.name}' unpacks to fewer bytes than it should`, damaged);
  }
}
