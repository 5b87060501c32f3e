import { statSync } from 'node:fs';
import type { Decoder } from '../decoders/decoder.js';
import { requireReadableFile } from '../decoders/file-failure.js';
import type { PacketIndex } from '../packet-index.js';
import { RecentMap } from '../recent-map.js';
import { contentKey } from './content-key.js';
import { readIndexFile, writeIndexFile } from './index-file.js';

/** Indexes kept in each thread's memory, a few KB each; more come from disk in a fraction of a millisecond. */
const IN_MEMORY = 256;

/** A thread's packet indexes: from memory, from the cache folder, or made by its decoder and then kept in both. */
export class IndexStore {
  readonly #decoder: Decoder;
  readonly #recent = new RecentMap<string, PacketIndex>(IN_MEMORY);

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
  }

  /**
   * @param folder the cache folder; undefined: nothing is read from or written to disk
   * @throws VideoError naming the file and FFmpeg's reason
   */
  async get(path: string, folder: string | undefined, timeoutMs: number): Promise<PacketIndex> {
    requireReadableFile(path);
    const version = fileVersion(path);
    const known = this.#recent.get(version);
    if (known) return known;
    const key = folder === undefined ? undefined : contentKey(path);
    const stored = folder && key ? readIndexFile(folder, key) : undefined;
    if (stored && this.#decoder.accepts(stored)) {
      this.#recent.set(version, stored);
      return stored;
    }
    const index = await this.#decoder.index(path, timeoutMs);
    this.#recent.set(version, index);
    if (folder && key) writeIndexFile(folder, key, index);
    return index;
  }

  /** Remembers that seeking in a file is not safe. */
  setLinear(path: string, folder: string | undefined, index: PacketIndex): PacketIndex {
    const linear = { ...index, linear: true };
    this.#recent.set(fileVersion(path), linear);
    if (folder) writeIndexFile(folder, contentKey(path), linear);
    return linear;
  }
}

/** A file that is written anew is another file. */
function fileVersion(path: string): string {
  const { size, mtimeMs } = statSync(path);
  return `${path}\0${size}\0${mtimeMs}`;
}
