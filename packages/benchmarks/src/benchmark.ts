import { BenchmarkError } from './benchmark-error.js';
import type { FileListing } from './file-listing.js';

/** One labelled file. */
export interface BenchmarkEntry {
  /** Absolute, or relative to the process's folder if the root was. */
  path: string;
  /** Index into the class names. */
  label: number;
}

/** One split of a benchmark as it lies on disk. */
export interface Benchmark {
  name: string;
  split: string;
  /** Files that are there, in the order of the annotations. */
  entries: BenchmarkEntry[];
  /**
   * Annotated files that are not there; empty unless `allowMissing` let them pass. They belong to the split: an exact
   * metric counts each as wrong.
   */
  missing: BenchmarkEntry[];
  /** In label order. */
  classNames: string[];
}

/** What becomes of listed files that are not there. */
export interface MissingFilesOptions {
  /** How many annotated files may be absent. Default 0: every file must be there. */
  allowMissing?: number | undefined;
}

const SHOWN = 10;

/**
 * Separates the files that are there from those that are not.
 *
 * @param source the annotation file or folder to name in the error
 * @param options undefined where every file is needed
 * @throws BenchmarkError when nothing is listed, or more than `allowMissing` files are absent; names the first ten
 */
export async function separateMissing<Entry extends { path: string }>(
  all: readonly Entry[],
  source: string,
  listing: FileListing,
  options: MissingFilesOptions | undefined,
): Promise<{ entries: Entry[]; missing: Entry[] }> {
  if (all.length === 0) throw new BenchmarkError(source, 'lists no samples of this split; expected at least one');
  const entries: Entry[] = [];
  const missing: Entry[] = [];
  for (const entry of all) ((await isThere(entry.path, listing)) ? entries : missing).push(entry);
  const { allowMissing = 0 } = options ?? {};
  if (missing.length > allowMissing) {
    const shown = missing.slice(0, SHOWN).map((entry) => `\n  ${entry.path}`);
    const more = missing.length > SHOWN ? `\n  … and ${missing.length - SHOWN} more` : '';
    const [allowed, allow] =
      options === undefined ? ['', ''] : [`, ${allowMissing} allowed`, ` or allow ${missing.length} missing files`];
    throw new BenchmarkError(
      source,
      `${missing.length} of ${all.length} files are missing${allowed}; put them in place${allow}:${shown.join('')}${more}`,
    );
  }
  return { entries, missing };
}

/** Addresses, and members of shards whose headers were read, are taken to be there. */
async function isThere(path: string, listing: FileListing): Promise<boolean> {
  return /^https?:\/\/|#tar:\d+\+\d+:/i.test(path) || (await listing.has(path));
}
