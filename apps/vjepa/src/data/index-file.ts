import { readFileSync } from 'node:fs';
import { dirname, extname, isAbsolute, resolve } from 'node:path';
import { CommandError, reasonOf } from '../command-error.js';

/** One line of an index: a video and its class. */
export interface IndexedVideo {
  path: string;
  label: number;
}

/**
 * Reads an index file. `.csv` and `.txt`: one line `path label` per video, the label a whole number >= 0 after the last
 * space, so paths may hold spaces; empty lines are passed over. A relative path is taken from the index file's folder.
 *
 * @throws CommandError naming the file and the first bad line with its number.
 */
export function readIndexFile(file: string): IndexedVideo[] {
  const lines = readText(file).split(/\r?\n/);
  const folder = dirname(resolve(file));
  const videos: IndexedVideo[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const match = /^(.*\S)\s+(\S+)\s*$/.exec(line);
    const label = match && /^\d+$/.test(match[2]!) ? Number(match[2]) : Number.NaN;
    if (!match || !Number.isSafeInteger(label)) {
      throw new CommandError(
        `${file}, line ${i + 1}: expected "path label" with a whole number as label, found ${quoted(line)}`,
      );
    }
    const path = unquoted(match[1]!.trim());
    videos.push({ path: isAbsolute(path) ? path : resolve(folder, path), label });
  }
  if (videos.length === 0)
    throw new CommandError(`${file}: the index is empty; expected one line "path label" per video`);
  return videos;
}

function readText(file: string): string {
  if (!['.csv', '.txt'].includes(extname(file).toLowerCase())) {
    throw new CommandError(`${file}: expected an index file that ends in .csv, one line "path label" per video`);
  }
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(
      `${file}: the index file cannot be read: ${reasonOf(error)}; name yours with --index FILE, or in pretraining with --set data.datasets=[FILE]`,
    );
  }
}

function unquoted(path: string): string {
  return /^".*"$/.test(path) ? path.slice(1, -1) : path;
}

function quoted(line: string): string {
  return JSON.stringify(line.length > 120 ? `${line.slice(0, 117)}…` : line);
}
