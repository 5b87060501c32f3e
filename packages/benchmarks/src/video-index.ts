import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import { type BenchmarkEntry, type MissingFilesOptions, separateMissing } from './benchmark.js';
import { BenchmarkError, shown } from './benchmark-error.js';
import { notOneOf } from './class-names.js';
import { type DatasetPart, datasetParts, isAddress } from './dataset-input.js';
import { FileListing, kindOfPath, listFiles, listFolders, VIDEO_EXTENSIONS } from './file-listing.js';
import { type ListedVideo, readListFile, resolveListed } from './list-file.js';

/** A video and where it is listed. */
export interface IndexedVideo extends BenchmarkEntry {
  /** The list, shard, folder or file it comes from. */
  file: string;
  /** 1-based line of the list; elsewhere its 1-based place. */
  line: number;
  /** The class's name, where that is known: the label of a list that is no number, or a class folder. */
  className?: string;
}

/** What {@link readVideoIndex} takes for a video and a label, and what it refuses. */
export interface VideoIndexOptions extends MissingFilesOptions {
  /**
   * 'required' (default): every video has a class; a folder is one of class folders. 'optional': labels are taken where
   * they are, as numbers in `label` or names in `className`, and `label` is -1 where there is no number.
   */
  labels?: 'required' | 'optional' | undefined;
  /** Number of classes; labels must lie below it. Not checked when absent. */
  classes?: number | undefined;
  /**
   * Names of the classes in label order: what labels that are names, and class folders, are looked up in. Default for
   * class folders: the folders found, sorted. Give those of the training split for the others: a class without a folder
   * would shift every label after it.
   */
  classNames?: readonly string[] | undefined;
  /** Folder that relative paths of a list start from. Default: each list's own folder. */
  root?: string | undefined;
  /** Extensions of the files taken from folders, with dots, lower case. Default: those of videos. */
  extensions?: ReadonlySet<string> | undefined;
  /** Whether folders below a folder count. Default true. */
  recursive?: boolean | undefined;
  /** 'error' (default) refuses a path that is listed twice; 'keep' keeps it as often as it is listed. */
  duplicates?: 'error' | 'keep' | undefined;
  /** Whether listed files must be on disk. Default true. */
  checkFiles?: boolean | undefined;
}

/** The videos that {@link readVideoIndex} found. */
export interface VideoIndex {
  /** In the order of the inputs and their lines; without the missing ones. Paths are absolute, or addresses. */
  entries: IndexedVideo[];
  /** Listed but not on disk, at most `allowMissing`. */
  missing: IndexedVideo[];
  /** Videos of each list, shard, folder or file, missing ones included, and the place of the input it came from. */
  counts: { file: string; count: number; input: number }[];
  /** In label order, where there are names: `classNames`, or the class folders. */
  classNames: string[] | undefined;
}

const SHOWN = 10;
/** Parts read at the same time: over a network each is a few requests. */
const AT_ONCE = 4;

/**
 * Reads datasets as people give them and joins them in order. Each input is one of:
 * - a list, `.csv`, `.txt` or `.tsv`: a line per video, `path label` as the reference has it (see `readListFile` for
 *   what else is read), or `.npy`, an array of paths, label 0
 * - a folder: the videos in it and below, sorted by path; with labels required, class folders
 * - a tar shard in WebDataset's manner, whose videos are read in place
 * - a video by itself; with `extensions` of pictures too, a picture
 * - `a-{000..127}.tar`, `{a,b}.csv`, `videos/*.mp4`: any number of these
 *
 * Shards and videos may be http(s) addresses. Every command reads its inputs through this function; one that needs no
 * labels says so:
 *
 * @example const { entries } = await readVideoIndex(inputs, { labels: 'optional', checkFiles: false, duplicates: 'keep' });
 * @example // videos and pictures alike, a folder's own files only
 * const extensions = new Set([...VIDEO_EXTENSIONS, ...IMAGE_EXTENSIONS]);
 * const { entries } = await readVideoIndex('holiday', { labels: 'optional', extensions, recursive: false });
 * @throws BenchmarkError with file and line for what is missing or empty, a malformed line, a label that is missing or out
 *   of range, a path listed twice, and for missing videos
 */
export async function readVideoIndex(
  inputs: string | readonly string[],
  options: VideoIndexOptions = {},
): Promise<VideoIndex> {
  const { extensions = VIDEO_EXTENSIONS } = options;
  if (typeof inputs !== 'string' && !Array.isArray(inputs)) {
    throw new BenchmarkError('inputs', `expected a list, a folder or several of them, found ${inputs}`);
  }
  const parts: (DatasetPart & { input: number })[] = [];
  for (const [input, name] of (typeof inputs === 'string' ? [inputs] : inputs).entries()) {
    for (const part of await datasetParts(name, extensions)) parts.push({ ...part, input });
  }
  const classNames = options.classNames ? [...options.classNames] : await classFolderNames(parts, options);
  const listed: IndexedVideo[] = [];
  const counts: VideoIndex['counts'] = [];
  for (let start = 0; start < parts.length; start += AT_ONCE) {
    const some = parts.slice(start, start + AT_ONCE);
    const read = await Promise.all(some.map((part) => readPart(part, { ...options, extensions, classNames })));
    for (const [i, videos] of read.entries()) {
      for (const video of videos) listed.push(video);
      counts.push({ file: some[i]!.path, count: videos.length, input: some[i]!.input });
    }
  }
  if ((options.duplicates ?? 'error') === 'error') refuseDuplicates(listed);
  if (options.checkFiles === false) return { entries: listed, missing: [], counts, classNames };
  const source = counts.map(({ file }) => file).join(', ');
  return { ...(await separateMissing(listed, source, new FileListing(), options)), counts, classNames };
}

type PartOptions = VideoIndexOptions & { extensions: ReadonlySet<string>; classNames: string[] | undefined };

async function readPart(part: DatasetPart, options: PartOptions): Promise<IndexedVideo[]> {
  switch (part.kind) {
    case 'list':
      return readList(part.path, options);
    case 'shard':
      return readShard(part.path, options);
    case 'folder':
      return readFolder(part.path, options);
    case 'file':
      return [readFile(part.path, options)];
  }
}

async function readList(file: string, options: PartOptions): Promise<IndexedVideo[]> {
  const root = options.root ?? dirname(file);
  const lines = await readListFile(file, root);
  if (lines.length === 0) throw new BenchmarkError(file, "lists no videos; expected lines of 'path label'");
  return lines.map((listed): IndexedVideo => {
    const { label, className, line } = listed;
    let path: string;
    try {
      path = resolveListed(listed.path, root);
    } catch (error) {
      throw new BenchmarkError(file, (error as Error).message, line);
    }
    const found = { label: label ?? -1, ...(className === undefined ? {} : { className }) };
    return { path, ...classOf(file, found, options, line, listed), file, line };
  });
}

async function readShard(archive: string, options: PartOptions): Promise<IndexedVideo[]> {
  const { listTarVideos } = await videoPackage(archive);
  const videos = await listTarVideos(archive);
  if (videos.length === 0) throw new BenchmarkError(archive, 'there is no video among the members of the shard');
  return videos.map(({ path, key, label, className }, i) => {
    const found = { label, ...(className === undefined ? {} : { className }) };
    return { path, ...classOf(`${archive}, ${key}`, found, options), file: archive, line: i + 1 };
  });
}

/** Only those who have shards install the decoders' package. */
async function videoPackage(archive: string): Promise<typeof import('@vjepa/video')> {
  try {
    return await import('@vjepa/video');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new BenchmarkError(archive, 'tar shards are listed by @vjepa/video; install it: npm install @vjepa/video');
  }
}

async function readFolder(folder: string, options: PartOptions): Promise<IndexedVideo[]> {
  const { extensions, recursive = true } = options;
  const paths = await listFiles(folder, extensions, { recursive });
  if (paths.length === 0) throw new BenchmarkError(folder, await emptiness(folder, options));
  return paths.map((path, i) => {
    const inside = relative(folder, path);
    const className = inside.includes(sep) ? inside.slice(0, inside.indexOf(sep)) : undefined;
    const found = { label: -1, ...(className === undefined ? {} : { className }) };
    return { path: resolve(path), ...classOf(path, found, options), file: folder, line: i + 1 };
  });
}

/** What a folder without files of the extensions holds instead. */
async function emptiness(folder: string, { extensions, recursive = true }: PartOptions): Promise<string> {
  const found = `holds no files ending in ${[...extensions].join(', ')}`;
  for (const [extension, what] of [
    ['.tar', 'tar shards'],
    ['.csv', 'lists'],
  ] as const) {
    const { length } = await listFiles(folder, new Set([extension]), { recursive: false });
    if (length > 0) return `${found}, but ${length} ${what}; name them: ${join(folder, `*${extension}`)}`;
  }
  const { length } = recursive ? [] : await listFolders(folder);
  return length > 0 ? `${found}; there are ${length} folders in it, whose files were not asked for` : found;
}

function readFile(path: string, options: PartOptions): IndexedVideo {
  if (!isAddress(path)) {
    if (kindOfPath(path) === undefined) {
      const problem = 'does not exist, neither as a file nor as a folder; check the path';
      throw new BenchmarkError(path, problem, undefined, 'missing');
    }
    const extension = extname(path).toLowerCase();
    if (extension !== '' && !options.extensions.has(extension)) {
      throw new BenchmarkError(
        path,
        `a file ending in '${extension}' is not known; expected a list (.csv with lines of 'path label', .txt, .tsv, ` +
          `.npy), a .tar, a folder, or ${[...options.extensions].join(', ')}`,
      );
    }
  }
  return {
    path: isAddress(path) ? path : resolve(path),
    ...classOf(path, { label: -1 }, options),
    file: path,
    line: 1,
  };
}

/** Names of the class folders of every folder among the parts, sorted; undefined when labels do not come from folders. */
async function classFolderNames(
  parts: readonly DatasetPart[],
  { labels = 'required' }: VideoIndexOptions,
): Promise<string[] | undefined> {
  const folders = parts.filter(({ kind }) => kind === 'folder');
  if (labels === 'optional' || folders.length === 0) return undefined;
  const names = new Set<string>();
  for (const { path } of folders) {
    const found = await listFolders(path);
    if (found.length === 0) {
      throw new BenchmarkError(
        path,
        'holds no class folders; expected one folder of files per class, or a list with labels',
      );
    }
    for (const name of found) names.add(name);
  }
  return [...names].sort();
}

interface FoundClass {
  label: number;
  className?: string;
}

/** Makes sure that a video has a class where it must; `source` and `line` say where it is listed. */
function classOf(
  source: string,
  found: FoundClass,
  { labels = 'required', classes, classNames }: PartOptions,
  line?: number,
  listed?: ListedVideo,
): FoundClass {
  const { label, className } = found;
  if (label >= 0) {
    if (classes !== undefined && label >= classes) {
      throw new BenchmarkError(source, `label ${label} is outside the ${classes} classes (0..${classes - 1})`, line);
    }
    return found;
  }
  if (className !== undefined && classNames !== undefined) {
    const place = classNames.indexOf(className);
    if (place >= 0) return { label: place, className };
    if (labels === 'required') {
      throw new BenchmarkError(source, notOneOf(className, classNames), line);
    }
  }
  if (labels === 'optional') return found;
  throw new BenchmarkError(
    source,
    listed ? `${shown(listed.text)} is not 'path label'${hint(listed)}` : noLabel(found),
    line,
  );
}

function noLabel({ className }: FoundClass): string {
  if (className === undefined) return 'has no label; where labels count, every video needs one';
  return `its label '${className}' is no class number from 0; give the names of the classes in label order, or numbers`;
}

function hint({ className }: ListedVideo): string {
  if (className === undefined) return '; the label is missing (only pretraining does without)';
  if (/^-\d+$/.test(className)) return '; labels start at 0';
  if (/^[\d.+-]/.test(className)) return '; the label must be a whole number from 0';
  return '; the label must be a whole number from 0, or the names of the classes must be given in label order';
}

function refuseDuplicates(videos: readonly IndexedVideo[]): void {
  const first = new Map<string, IndexedVideo>();
  const again: { video: IndexedVideo; earlier: IndexedVideo }[] = [];
  for (const video of videos) {
    const earlier = first.get(video.path);
    if (earlier === undefined) first.set(video.path, video);
    else again.push({ video, earlier });
  }
  const head = again[0];
  if (head === undefined) return;
  const pairs = again.slice(0, SHOWN).map(({ video, earlier }) => {
    const labels = video.label === earlier.label ? '' : `, with labels ${earlier.label} and ${video.label}`;
    return `\n  ${video.path}: ${earlier.file}:${earlier.line} and ${video.file}:${video.line}${labels}`;
  });
  const more = again.length > SHOWN ? `\n  … and ${again.length - SHOWN} more` : '';
  const count = again.length === 1 ? 'a video is' : `${again.length} videos are`;
  throw new BenchmarkError(
    head.video.file,
    `${count} listed twice; keep one line of each:${pairs.join('')}${more}`,
    head.video.line,
  );
}
