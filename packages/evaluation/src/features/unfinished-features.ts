import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { writeFileAtomically } from '@vjepa/training';

/** The features of one file as they lie on disk until all are there. */
interface Row {
  /** The file: its path, size and time of change. */
  file: string;
  frames: number[];
  checksum: number;
}

/**
 * Features that are still being extracted: a folder beside the output with every finished file's features, so that what
 * was stopped, killed or switched off goes on where it was. Rows are found again by the file they belong to, so files
 * may be added, removed and mended in between; a row that was cut off or altered is made again. Bad files leave nothing
 * here: they are tried again.
 */
export class UnfinishedFeatures {
  readonly folder: string;
  readonly #rowBytes: number;
  readonly #rows: Row[] = [];
  readonly #slots = new Map<string, number>();
  readonly #data: number;

  /**
   * @param folder from `unfinishedFolder`; it is there, and nobody else writes into it
   * @param rowLength values of each file
   */
  constructor(folder: string, rowLength: number) {
    this.folder = folder;
    this.#rowBytes = 4 * rowLength;
    const path = join(this.folder, 'features');
    this.#data = openSync(path, existsSync(path) ? 'r+' : 'w+');
    this.#recover();
  }

  /** Finished files. */
  get length(): number {
    return this.#rows.length;
  }

  /** @param file from `fileIdentity`, asked for once: a file may be replaced while others are read */
  has(file: string): boolean {
    return this.#slots.has(file);
  }

  /** Keeps the features of a file, and the frames they were made of. */
  add(file: string, values: Float32Array, frames: readonly number[]): void {
    const bytes = bytesOf(values);
    const slot = this.#rows.length;
    for (let at = 0; at < bytes.length; ) {
      at += writeSync(this.#data, bytes, at, bytes.length - at, slot * this.#rowBytes + at);
    }
    const row = { file, frames: [...frames], checksum: crc32(bytes) };
    appendFileSync(this.#journal, `${JSON.stringify(row)}\n`);
    this.#rows.push(row);
    this.#slots.set(row.file, slot);
  }

  /** The features of a file that is there, as little-endian float32. */
  features(file: string): Uint8Array {
    return this.#bytesAt(this.#slots.get(file)!);
  }

  /** The frames that the features of a file that is there were made of. */
  frames(file: string): number[] {
    return this.#rows[this.#slots.get(file)!]!.frames;
  }

  close(): void {
    closeSync(this.#data);
  }

  remove(): void {
    this.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #journal(): string {
    return join(this.folder, 'finished.jsonl');
  }

  /** Takes the rows that are whole; whatever follows the first one that is not is made again. */
  #recover(): void {
    if (!existsSync(this.#journal)) return;
    const lines = readFileSync(this.#journal, 'utf8').split('\n');
    for (const line of lines) {
      const row = parsed(line);
      if (row === undefined || crc32(this.#bytesAt(this.#rows.length)) !== row.checksum) break;
      this.#slots.set(row.file, this.#rows.length);
      this.#rows.push(row);
    }
    writeFileAtomically(this.#journal, this.#rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }

  #bytesAt(slot: number): Uint8Array {
    const bytes = new Uint8Array(this.#rowBytes);
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(this.#data, bytes, at, bytes.length - at, slot * this.#rowBytes + at);
      if (read === 0) break;
      at += read;
    }
    return bytes;
  }
}

/**
 * Where the features that will go into a file are kept until they are whole.
 *
 * @param key of everything but the files that decides the features, 12 hexadecimal digits
 */
export function unfinishedFolder(output: string, key: string): string {
  return `${output}.${key}.partial`;
}

/** Folders of unfinished features for the same output, made with other settings. */
export function otherUnfinished(output: string, own: string): string[] {
  const name = basename(output);
  return readdirSync(dirname(output))
    .filter((entry) => entry.startsWith(`${name}.`) && /^\.[0-9a-f]{12}\.partial$/.test(entry.slice(name.length)))
    .filter((entry) => entry !== basename(own))
    .map((entry) => join(dirname(output), entry));
}

function parsed(line: string): Row | undefined {
  try {
    return line === '' ? undefined : (JSON.parse(line) as Row);
  } catch {
    return undefined; // cut off
  }
}

/** What tells a file from another one under its name; of an archive's member, the archive. */
export function fileIdentity(path: string): string {
  const stats = statSync(path.replace(/#tar:\d+\+\d+:.*$/s, ''), { throwIfNoEntry: false });
  return JSON.stringify([path, stats?.size, stats?.mtimeMs]);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
