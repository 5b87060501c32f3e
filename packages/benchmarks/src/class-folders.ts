import { join } from 'node:path';
import type { Benchmark, BenchmarkEntry } from './benchmark.js';
import { BenchmarkError } from './benchmark-error.js';
import { IMAGE_EXTENSIONS, listFiles, listFolders } from './file-listing.js';

/** What {@link readClassFolders} reads, and as what. */
export interface ClassFolderOptions {
  name?: string | undefined;
  split?: string | undefined;
  /** With dots, lower case. Default: image extensions. */
  extensions?: ReadonlySet<string> | undefined;
  /**
   * The folders' names in label order. Default: the folders found, sorted. Give those of the training split for the
   * others: a class without a folder would shift every label after it.
   */
  folderNames?: readonly string[] | undefined;
}

/**
 * Reads `folder/{class}/**\/file`: labels are the places of the folder names in sorted order, files are sorted.
 *
 * @throws BenchmarkError when there are no class folders, a folder is not one of `folderNames`, or nothing is in them
 */
export async function readClassFolders(folder: string, options: ClassFolderOptions = {}): Promise<Benchmark> {
  const { name = 'class folders', split = '', extensions = IMAGE_EXTENSIONS } = options;
  const found = await listFolders(folder);
  const folderNames = options.folderNames ?? found;
  const unknown = found.filter((className) => !folderNames.includes(className));
  if (unknown.length > 0) {
    throw new BenchmarkError(
      join(folder, unknown[0]!),
      `is not one of the ${folderNames.length} class folders expected`,
    );
  }
  if (found.length === 0) {
    throw new BenchmarkError(folder, 'holds no class folders; expected one folder of files per class');
  }
  const entries: BenchmarkEntry[] = [];
  const present = new Set(found);
  for (const [label, className] of folderNames.entries()) {
    if (!present.has(className)) continue;
    for (const path of await listFiles(join(folder, className), extensions)) entries.push({ path, label });
  }
  if (entries.length === 0) {
    throw new BenchmarkError(folder, `holds no files ending in ${[...extensions].join(', ')} in its class folders`);
  }
  return { name, split, entries, missing: [], classNames: [...folderNames] };
}
