import { homedir } from 'node:os';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { glob } from 'tinyglobby';
import { BenchmarkError } from './benchmark-error.js';
import { expandBraces } from './brace-list.js';
import { kindOfPath, listFiles } from './file-listing.js';
import { LIST_EXTENSIONS } from './list-file.js';

/** One thing that a dataset's name stands for. */
export interface DatasetPart {
  kind: 'list' | 'shard' | 'folder' | 'file';
  /** As it was named; a part of a glob: its path. */
  path: string;
}

/**
 * What people name a dataset by, in parts: a list (`.csv`, `.txt`, `.tsv`, `.npy`), a tar shard, a folder, a video or
 * picture; on disk or, lists and folders apart, behind http(s). Braces stand for several names (see `expandBraces`),
 * `*`, `?`, `**` and `[…]` for whatever is there, in sorted order, `~/` for the home folder. What exists under the very
 * name given goes before any of these.
 *
 * @param extensions of the files a glob finds
 * @throws BenchmarkError for what is not there, and for what is none of these
 */
export async function datasetParts(input: string, extensions: ReadonlySet<string>): Promise<DatasetPart[]> {
  const path = /^file:\/\//i.test(input) ? fileURLToPath(input) : input;
  if (!isAddress(path) && kindOfPath(path) !== undefined) return [partOf(path)];
  const parts = await Promise.all(expandBraces(path).map((name) => namedParts(name, extensions)));
  return parts.flat();
}

/** Whether a name is that of tar shards, which are read in sequence. Says nothing about what is on disk. */
export function namesShards(input: string): boolean {
  return extensionOf(input) === '.tar';
}

export function isAddress(path: string): boolean {
  return /^https?:\/\//i.test(path);
}

async function namedParts(name: string, extensions: ReadonlySet<string>): Promise<DatasetPart[]> {
  if (isAddress(name)) {
    const part = partOf(name);
    if (part.kind !== 'list') return [part];
    throw new BenchmarkError(name, 'a list behind an address is not read; save it on disk and name the file');
  }
  const path = name.startsWith('~/') ? join(homedir(), name.slice(2)) : name;
  if (kindOfPath(path) === undefined && /[*?[]/.test(path)) return globbed(path, extensions);
  return [partOf(path)];
}

/** A pattern that ends in `.csv` finds lists, one that ends in `.tar` shards, any other files of the extensions. */
async function globbed(pattern: string, extensions: ReadonlySet<string>): Promise<DatasetPart[]> {
  // Where folders are separated by backslashes, these escape nothing.
  const slashed = sep === '\\' ? pattern.replaceAll(sep, '/') : pattern;
  const found = await glob(slashed, { absolute: true, onlyFiles: false, expandDirectories: false });
  const wanted = LIST_EXTENSIONS.has(extensionOf(pattern)) || namesShards(pattern);
  const paths = new Set<string>();
  for (const path of found.map((match) => match.replace(/\/$/, '')).sort()) {
    const isFolder = kindOfPath(path) === 'folder';
    if (isFolder && !wanted) for (const below of await listFiles(path, extensions)) paths.add(below);
    else if (!isFolder && (wanted || extensions.has(extensionOf(path)))) paths.add(path);
  }
  if (paths.size === 0)
    throw new BenchmarkError(pattern, 'nothing that can be read has a name like this; check the path');
  return [...paths].sort().map(partOf);
}

function partOf(path: string): DatasetPart {
  const extension = extensionOf(path);
  if (!isAddress(path) && kindOfPath(path) === 'folder') return { kind: 'folder', path };
  if (LIST_EXTENSIONS.has(extension)) return { kind: 'list', path };
  if (extension === '.tar') return { kind: 'shard', path };
  if (/\.(tgz|tar\.\w+)$/i.test(nameOf(path))) {
    throw new BenchmarkError(path, 'a compressed archive cannot be read in place; unpack it to a .tar');
  }
  return { kind: 'file', path };
}

/** The extension of a path or address (its query left out), lower case. */
function extensionOf(path: string): string {
  return extname(nameOf(path)).toLowerCase();
}

function nameOf(path: string): string {
  if (!isAddress(path)) return path;
  // The address may hold braces or be wrong; its end is all that counts here.
  return path.replace(/[?#].*$/s, '');
}
