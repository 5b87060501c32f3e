import { dirname, extname, isAbsolute, join } from 'node:path';
import { type BenchmarkEntry, type MissingFilesOptions, separateMissing } from './benchmark.js';
import { BenchmarkError } from './benchmark-error.js';
import { FileListing } from './file-listing.js';
import { readNpyStrings } from './npy-strings.js';
import { parseIndex, readLines, type TextLine } from './text-file.js';

/** A labelled video and where it is listed. */
export interface IndexedVideo extends BenchmarkEntry {
  /** The index file. */
  file: string;
  /** 1-based line; in a .npy file, the 1-based place. */
  line: number;
}

export interface VideoIndexOptions extends MissingFilesOptions {
  /** Number of classes; labels must lie below it. Not checked when absent. */
  classes?: number;
  /** Folder that relative paths start from. Default: each index file's own folder. */
  root?: string;
  /** 'error' (default) refuses a path that is listed twice; 'keep' keeps it as often as it is listed. */
  duplicates?: 'error' | 'keep';
  /** Whether listed files must be on disk. Default true. */
  checkFiles?: boolean;
}

export interface VideoIndex {
  /** In the order of the files and their lines; without the missing ones. */
  entries: IndexedVideo[];
  /** Listed but not on disk, at most `allowMissing`. */
  missing: IndexedVideo[];
  /** Videos listed per index file, missing ones included. */
  counts: { file: string; count: number }[];
}

const SHOWN = 10;

/**
 * Reads the reference's index files and joins them in order. A `.csv` (or `.txt`) has a line `path label` per video,
 * no header, separated by one space (the last one, so a path may hold spaces); a `.npy` holds an array of paths and
 * gives label 0.
 *
 * @throws BenchmarkError with file and line for a missing or empty file, a malformed line, a label out of range, a
 *   path listed twice, and for missing videos
 */
export async function readVideoIndex(
  files: string | readonly string[],
  options: VideoIndexOptions = {},
): Promise<VideoIndex> {
  const listed: IndexedVideo[] = [];
  const counts: VideoIndex['counts'] = [];
  for (const file of typeof files === 'string' ? [files] : files) {
    const videos = await readIndexFile(file, options);
    for (const video of videos) listed.push(video);
    counts.push({ file, count: videos.length });
  }
  if ((options.duplicates ?? 'error') === 'error') refuseDuplicates(listed);
  if (options.checkFiles === false) return { entries: listed, missing: [], counts };
  const source = counts.map(({ file }) => file).join(', ');
  return { ...(await separateMissing(listed, source, new FileListing(), options)), counts };
}

async function readIndexFile(file: string, { classes, root = dirname(file) }: VideoIndexOptions) {
  const lines = await readListedVideos(file);
  if (lines.length === 0) throw new BenchmarkError(file, "lists no videos; expected lines of 'path label'");
  return lines.map(({ path, label, line }): IndexedVideo => {
    if (classes !== undefined && label >= classes) {
      throw new BenchmarkError(file, `label ${label} is outside the ${classes} classes (0..${classes - 1})`, line);
    }
    return { path: isAbsolute(path) ? path : join(root, path), label, file, line };
  });
}

async function readListedVideos(file: string): Promise<{ path: string; label: number; line: number }[]> {
  const extension = extname(file).toLowerCase();
  if (extension === '.npy') {
    return (await readNpyStrings(file)).map((path, place) => ({ path, label: 0, line: place + 1 }));
  }
  if (extension === '.csv' || extension === '.txt') return (await readLines(file)).map((line) => parseLine(file, line));
  throw new BenchmarkError(
    file,
    `an index ending in '${extension}' is not known; expected .csv (lines of 'path label') or .npy (array of paths)`,
  );
}

function parseLine(file: string, { text, number }: TextLine): { path: string; label: number; line: number } {
  const split = text.trimEnd().lastIndexOf(' ');
  const path = unquote(text.slice(0, Math.max(0, split)).trim());
  const label = parseIndex(text.slice(split + 1).trim());
  if (path === '' || label === undefined) {
    throw new BenchmarkError(file, `'${text}' is not 'path label'${hint(text)}`, number);
  }
  return { path, label, line: number };
}

/** A path with spaces may stand in double quotes. */
function unquote(path: string): string {
  return path.length > 1 && path.startsWith('"') && path.endsWith('"') ? path.slice(1, -1).replaceAll('""', '"') : path;
}

function hint(text: string): string {
  if (/[,;\t]\s*\d+\s*$/.test(text)) return '; path and label are separated by one space, not by a comma or tab';
  if (/\s-\d+\s*$/.test(text)) return '; labels start at 0';
  if (!/\s/.test(text.trim())) return '; the label is missing (any number will do for pretraining, such as 0)';
  return '; the label must be a whole number from 0';
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
  const shown = again.slice(0, SHOWN).map(({ video, earlier }) => {
    const labels = video.label === earlier.label ? '' : `, with labels ${earlier.label} and ${video.label}`;
    return `\n  ${video.path}: ${earlier.file}:${earlier.line} and ${video.file}:${video.line}${labels}`;
  });
  const more = again.length > SHOWN ? `\n  … and ${again.length - SHOWN} more` : '';
  const count = again.length === 1 ? 'a video is' : `${again.length} videos are`;
  throw new BenchmarkError(
    head.video.file,
    `${count} listed twice; keep one line of each:${shown.join('')}${more}`,
    head.video.line,
  );
}
