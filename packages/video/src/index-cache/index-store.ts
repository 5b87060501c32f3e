import type { Decoder } from '../decoders/decoder.js';
import type { PacketIndex } from '../packet-index.js';
import { RecentMap } from '../recent-map.js';
import { openSource } from '../sources/open-source.js';
import { withReadableSource } from '../sources/readable-source.js';
import type { SourceFile } from '../sources/source-file.js';
import { requireReads } from '../sources/source-work.js';
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
    const { known, version, key } = withReadableSource(path, (file) => this.#look(file, folder));
    if (known) return known;
    const index = await this.#decoder.index(path, timeoutMs);
    // A decoder takes a failed read for the end of the file.
    requireReads();
    this.#recent.set(version, index);
    if (folder && key) writeIndexFile(folder, key, index);
    return index;
  }

  /** Remembers that seeking in a file is not safe. */
  setLinear(path: string, folder: string | undefined, index: PacketIndex): PacketIndex {
    // A seek that failed because a read did says nothing of the file.
    requireReads();
    const linear = { ...index, linear: true };
    const file = openSource(path);
    try {
      this.#recent.set(file.version(), linear);
      if (folder) writeIndexFile(folder, contentKey(file, this.#decoder.demuxer), linear);
    } finally {
      file.close();
    }
    return linear;
  }

  #look(
    file: SourceFile,
    folder: string | undefined,
  ): { known?: PacketIndex | undefined; version: string; key?: string } {
    const version = file.version();
    const recent = this.#recent.get(version);
    if (recent || !folder) return { known: recent, version };
    const key = contentKey(file, this.#decoder.demuxer);
    const stored = readIndexFile(folder, key);
    if (!stored) return { version, key };
    this.#recent.set(version, stored);
    return { known: stored, version, key };
  }
}
