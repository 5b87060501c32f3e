import { extname, isAbsolute, relative, resolve, sep } from 'node:path';
import { IMAGE_EXTENSIONS, type IndexedVideo, readVideoIndex, VIDEO_EXTENSIONS } from '@vjepa/benchmarks';
import { InputError, option, reasonOf, sentence } from '@vjepa/training';
import type { FeaturedFile } from './extract-files.js';

/** What is made into clips in one way. */
export type InputKind = 'video' | 'image';

/** Videos or pictures, never both: they are made into clips in different ways. */
export interface InputFiles {
  kind: InputKind;
  /** Named relative to the folder or list that they come from, where they lie below; with label -1 where there is none. */
  files: FeaturedFile[];
  /** Names of the classes in label order, where labels come from names: class folders, or a list's. */
  classNames: string[] | undefined;
  /** Whether one file was named, and not a folder, list or pattern that holds one. */
  single: boolean;
}

/**
 * The videos or pictures that inputs stand for: files, folders, lists with or without labels, patterns, tar shards, as
 * `readVideoIndex` reads them. Whether a listed file is there is found out when it is opened.
 *
 * @param options.kind which to take where there are both
 * @throws InputError when an input is not there or holds neither kind, or there are both and none was chosen
 */
export async function inputFiles(
  inputs: readonly string[],
  { recursive = true, kind }: { recursive?: boolean | undefined; kind?: InputKind | undefined } = {},
): Promise<InputFiles> {
  const entries = await readInputs(inputs, recursive);
  const images = entries.filter(({ path }) => isImage(path));
  const videos = entries.filter(({ path }) => !isImage(path));
  if (kind === undefined && images.length > 0 && videos.length > 0) {
    throw new InputError({
      subject: inputs.join(', '),
      problem: `there are ${videos.length} videos and ${images.length} pictures`,
      remedy: sentence`choose with ${option("kind: 'video'")} or ${option("kind: 'image'")}`,
    });
  }
  const chosen = kind ?? (images.length > 0 ? 'image' : 'video');
  const taken = chosen === 'image' ? images : videos;
  if (taken.length === 0) {
    const problem = `there is no ${chosen === 'image' ? 'picture' : 'video'}`;
    throw new InputError({ subject: inputs.join(', '), problem });
  }
  const classNames = namesOf(taken);
  const [only] = inputs;
  const files = taken.map((entry) => ({
    path: entry.path,
    name: nameOf(entry, inputs.length === 1),
    label: classNames && entry.className !== undefined ? classNames.indexOf(entry.className) : entry.label,
  }));
  const single = inputs.length === 1 && entries.length === 1 && [only, resolve(only!)].includes(entries[0]!.path);
  return { kind: chosen, files, classNames, single };
}

const extensions = new Set([...VIDEO_EXTENSIONS, ...IMAGE_EXTENSIONS]);

async function readInputs(inputs: readonly string[], recursive: boolean): Promise<IndexedVideo[]> {
  try {
    const settings = { labels: 'optional', checkFiles: false, duplicates: 'keep' } as const;
    return (await readVideoIndex(inputs, { ...settings, extensions, recursive })).entries;
  } catch (error) {
    throw new InputError({ problem: reasonOf(error), cause: error });
  }
}

/** Class names, sorted, where every file has one and none has a number. */
function namesOf(entries: readonly IndexedVideo[]): string[] | undefined {
  const names = entries.map(({ className, label }) => (label === -1 ? className : undefined));
  return names.every((name) => name !== undefined) ? [...new Set(names as string[])].sort() : undefined;
}

function nameOf({ path, file }: IndexedVideo, only: boolean): string {
  if (!only || !isAbsolute(path)) return path;
  const named = resolve(file);
  if (named === path) return file;
  // Below the folder itself, or beside the list.
  const inside = [relative(named, path), relative(resolve(named, '..'), path)];
  return inside.find((name) => name !== '' && !isAbsolute(name) && name.split(sep)[0] !== '..') ?? path;
}

function isImage(path: string): boolean {
  return IMAGE_EXTENSIONS.has(extname(path).toLowerCase());
}
