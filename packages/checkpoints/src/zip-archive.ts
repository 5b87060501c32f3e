import type { ByteSource } from './byte-source.js';
import { CheckpointError } from './checkpoint-error.js';
import { crc32Of } from './crc32-of.js';
import { inflate } from './inflate.js';
import { readZipDirectory, type ZipEntry } from './zip-directory.js';

const DAMAGED = 'the file is damaged: copy or download it again';

/** Bytes in memory at once while an entry is verified that is read in part. */
const VERIFIED_AT_ONCE = 2 ** 26;

/** A zip archive whose entries are read on demand, stored ones in part as well. */
export class ZipArchive {
  readonly #dataStarts = new Map<string, number>();
  /** Of stored entries that are read in part: verified once, as a whole. */
  readonly #verified = new Map<string, Promise<void>>();

  readonly #file: ByteSource;

  private constructor(
    file: ByteSource,
    readonly entries: ReadonlyMap<string, ZipEntry>,
  ) {
    this.#file = file;
  }

  /** @throws CheckpointError when the archive's directory is missing or damaged */
  static async open(file: ByteSource): Promise<ZipArchive> {
    return new ZipArchive(file, await readZipDirectory(file));
  }

  /**
   * The whole entry, its checksum verified where the archive holds one.
   *
   * @throws CheckpointError when the entry cannot be unpacked or its checksum differs
   */
  async read(entry: ZipEntry): Promise<Uint8Array> {
    const packed = await this.#file.read(await this.#dataStart(entry), entry.packedBytes);
    const bytes = entry.deflated ? await this.#inflate(entry, packed) : packed;
    this.#requireChecksum(entry, crc32Of(bytes));
    return bytes;
  }

  /**
   * Bytes [start, start + length) of the unpacked entry. Only a stored entry is read in part; its checksum covers all of
   * it, so that the first reading goes through the whole entry.
   *
   * @throws CheckpointError as {@link read}
   */
  async readRange(entry: ZipEntry, start: number, length: number): Promise<Uint8Array> {
    if (start === 0 && length === entry.bytes) return this.read(entry);
    if (entry.deflated) return (await this.read(entry)).slice(start, start + length);
    await this.#verify(entry);
    return this.#file.read((await this.#dataStart(entry)) + start, length);
  }

  #verify(entry: ZipEntry): Promise<void> {
    const known = this.#verified.get(entry.name) ?? this.#verifyInParts(entry);
    this.#verified.set(entry.name, known);
    return known;
  }

  async #verifyInParts(entry: ZipEntry): Promise<void> {
    const dataStart = await this.#dataStart(entry);
    let value = 0;
    for (let start = 0; start < entry.bytes; start += VERIFIED_AT_ONCE) {
      const length = Math.min(VERIFIED_AT_ONCE, entry.bytes - start);
      value = crc32Of(await this.#file.read(dataStart + start, length), value);
    }
    this.#requireChecksum(entry, value);
  }

  #requireChecksum(entry: ZipEntry, found: number): void {
    // PyTorch can be told not to compute checksums and then leaves 0.
    if (entry.crc32 === 0 || entry.crc32 === found) return;
    throw new CheckpointError(this.#file.path, `entry '${entry.name}' does not match its checksum`, DAMAGED);
  }

  /** The local header repeats the name and may pad it, so the data's place is known only after reading it. */
  async #dataStart(entry: ZipEntry): Promise<number> {
    const known = this.#dataStarts.get(entry.name);
    if (known !== undefined) return known;
    const header = new DataView((await this.#file.read(entry.headerStart, 30)).buffer);
    const nameLength = header.getUint16(26, true);
    const name = new TextDecoder('utf-8', { ignoreBOM: true }).decode(
      await this.#file.read(entry.headerStart + 30, nameLength),
    );
    if (header.getUint32(0, true) !== 0x04034b50 || name !== entry.name) {
      throw new CheckpointError(this.#file.path, `entry '${entry.name}' is not where the archive says`, DAMAGED);
    }
    const start = entry.headerStart + 30 + nameLength + header.getUint16(28, true);
    this.#dataStarts.set(entry.name, start);
    return start;
  }

  async #inflate(entry: ZipEntry, packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    try {
      return await inflate(packed, entry.bytes);
    } catch (error) {
      const problem = `entry '${entry.name}' cannot be unpacked (${(error as Error).message})`;
      throw new CheckpointError(this.#file.path, problem, DAMAGED, { cause: error });
    }
  }
}
