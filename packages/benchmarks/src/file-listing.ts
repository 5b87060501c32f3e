import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { BenchmarkError } from './benchmark-error.js';

/** Answers whether files exist by listing each folder once: datasets have a million files in a thousand folders. */
export class FileListing {
  readonly #folders = new Map<string, Promise<Map<string, Dirent>>>();

  /** Whether something of that name lies in that folder. */
  async has(path: string): Promise<boolean> {
    const folder = dirname(path);
    const names = await this.#list(folder);
    return names.has(basename(path));
  }

  #list(folder: string): Promise<Map<string, Dirent>> {
    let names = this.#folders.get(folder);
    if (names === undefined) {
      names = readdir(folder, { withFileTypes: true }).then(
        (entries) => new Map(entries.map((entry) => [entry.name, entry])),
        () => new Map<string, Dirent>(),
      );
      this.#folders.set(folder, names);
    }
    return names;
  }
}

/** Names of the folders in a folder, in sorted order (by code unit, as the reference's image folders are). */
export async function listFolders(folder: string): Promise<string[]> {
  const entries = await openFolder(folder);
  return entries
    .filter((entry) => !entry.name.startsWith('.') && !isDataFile(entry))
    .map((entry) => entry.name)
    .sort();
}

/** A link to a folder is a folder; a link that has an extension is taken for a file. */
function isDataFile(entry: Dirent): boolean {
  return entry.isFile() || (entry.isSymbolicLink() && extname(entry.name) !== '');
}

/**
 * Paths of the files with one of the extensions, in a folder and the folders below it, sorted.
 *
 * @param extensions with their dots, lower case; upper case in a name matches too
 */
export async function listFiles(folder: string, extensions: ReadonlySet<string>): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await openFolder(folder)) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (isDataFile(entry)) {
      if (extensions.has(extname(entry.name).toLowerCase())) found.push(path);
    } else {
      for (const below of await listFiles(path, extensions)) found.push(below);
    }
  }
  return found.sort();
}

async function openFolder(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new BenchmarkError(folder, 'the folder does not exist; check the path');
    throw new BenchmarkError(folder, `the folder cannot be read: ${message}`);
  }
}

/** The first of several places that exists. */
export async function firstExisting(candidates: readonly string[]): Promise<string | undefined> {
  const listing = new FileListing();
  for (const candidate of candidates) if (await listing.has(candidate)) return candidate;
  return undefined;
}

export const VIDEO_EXTENSIONS: ReadonlySet<string> = new Set(['.mp4', '.mkv', '.webm', '.avi', '.mov', '.m4v']);
export const IMAGE_EXTENSIONS: ReadonlySet<string> = new Set(
  '.jpg .jpeg .png .ppm .bmp .pgm .tif .tiff .webp'.split(' '),
);
