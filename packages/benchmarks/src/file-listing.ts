import { type Dirent, type Stats, statSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { BenchmarkError } from './benchmark-error.js';

/** Answers whether files exist by listing each folder once: datasets have a million files in a thousand folders. */
export class FileListing {
  readonly #folders = new Map<string, Promise<Set<string> | undefined>>();

  /**
   * Whether something of that name lies in that folder. Where the folder may not be listed, or its disk fails, the file
   * itself is asked for, and one that is not known to be missing is there: whoever opens it can say more.
   */
  async has(path: string): Promise<boolean> {
    const folder = dirname(path);
    const names = await this.#list(folder);
    return names ? names.has(basename(path)) : mayBeThere(path);
  }

  #list(folder: string): Promise<Set<string> | undefined> {
    let names = this.#folders.get(folder);
    if (names === undefined) {
      names = readdir(folder).then(
        (entries) => new Set(entries),
        (error: unknown) => (saysMissing(error) ? new Set() : undefined),
      );
      this.#folders.set(folder, names);
    }
    return names;
  }
}

async function mayBeThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => !saysMissing(error),
  );
}

/** Whether the system says that there is nothing, rather than that it cannot tell. */
function saysMissing(error: unknown): boolean {
  return MISSING.has((error as NodeJS.ErrnoException).code ?? '');
}

const MISSING: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

/** Names of the folders in a folder, links to folders among them, sorted by code unit as the reference's are. */
export async function listFolders(folder: string): Promise<string[]> {
  const { folders } = await contents(folder);
  return folders.sort();
}

export interface ListFilesOptions {
  /** Whether the folders below count, too. Default true. */
  recursive?: boolean | undefined;
}

/**
 * Paths of the files with one of the extensions, in a folder and the folders below it, sorted. Links are followed, and
 * one that leads nowhere is listed: whoever opens it can say so. Names that begin with a dot, and folders in which
 * systems keep their own files (`lost+found`, `@eaDir`, …), are passed over.
 *
 * @param extensions with their dots, lower case; upper case in a name matches too
 */
export async function listFiles(
  folder: string,
  extensions: ReadonlySet<string>,
  { recursive = true }: ListFilesOptions = {},
): Promise<string[]> {
  const found: string[] = [];
  await collect(folder, []);
  return found.sort();

  async function collect(here: string, above: readonly string[]): Promise<void> {
    const { files, folders, linked } = await contents(here);
    for (const name of files) if (extensions.has(extname(name).toLowerCase())) found.push(join(here, name));
    if (!recursive || folders.length === 0) return;
    const path = [...above, await realpath(here)];
    for (const name of folders) {
      const below = join(here, name);
      // A link may lead back to where it is seen from.
      if (linked.has(name) && path.includes(await realpath(below))) continue;
      await collect(below, path);
    }
  }
}

interface FolderContents {
  files: string[];
  folders: string[];
  /** Those of the folders that are links. */
  linked: Set<string>;
}

async function contents(folder: string): Promise<FolderContents> {
  const found: FolderContents = { files: [], folders: [], linked: new Set() };
  for (const entry of await openFolder(folder)) {
    const { name } = entry;
    if (name.startsWith('.') || SYSTEM_FOLDERS.has(name)) continue;
    // What a link leads to, and what a file system leaves unsaid.
    const kind: Dirent | Stats | undefined =
      entry.isFile() || entry.isDirectory() ? entry : await stat(join(folder, name)).catch(() => undefined);
    if (kind?.isDirectory()) {
      found.folders.push(name);
      if (entry.isSymbolicLink()) found.linked.add(name);
    } else if (kind === undefined || kind.isFile()) found.files.push(name);
  }
  return found;
}

async function openFolder(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new BenchmarkError(folder, 'the folder does not exist; check the path', undefined, 'missing');
    throw new BenchmarkError(folder, `the folder cannot be read: ${message}`);
  }
}

/** The first of several places that exists. */
export async function firstExisting(candidates: readonly string[]): Promise<string | undefined> {
  const listing = new FileListing();
  for (const candidate of candidates) if (await listing.has(candidate)) return candidate;
  return undefined;
}

/** What a path leads to; undefined when there is nothing. */
export function kindOfPath(path: string): 'file' | 'folder' | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && (stats.isDirectory() ? 'folder' : 'file');
}

/** Kept by file systems, network storage and desktops, never by people. */
const SYSTEM_FOLDERS: ReadonlySet<string> = new Set([
  ...['lost+found', '@eaDir', '#recycle', '$RECYCLE.BIN', 'System Volume Information', '__MACOSX'],
]);

/** Extensions of videos, with dots, lower case. */
export const VIDEO_EXTENSIONS: ReadonlySet<string> = new Set(
  '.mp4 .mkv .webm .avi .mov .m4v .mpg .mpeg .m2v .ts .mts .m2ts .vob .flv .f4v .wmv .asf .3gp .3g2 .ogv .mxf'.split(
    ' ',
  ),
);
/** Extensions of pictures, with dots, lower case. */
export const IMAGE_EXTENSIONS: ReadonlySet<string> = new Set(
  '.jpg .jpeg .png .ppm .bmp .pgm .tif .tiff .webp'.split(' '),
);
