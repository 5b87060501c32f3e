import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CommandError, reasonOf } from '../command-error.js';

/**
 * Makes a folder and those above it that are missing. One by one: Node's own recursive `mkdir` tries for ever where the
 * system answers that a folder which is there is not (`/proc`).
 *
 * @param remedy what the reader can do, for example `choose another with --run`
 * @throws CommandError naming the folder that cannot be made and why
 */
export function makeFolder(path: string, remedy = 'choose a place that can be written to'): void {
  const missing: string[] = [];
  let at = resolve(path);
  for (; !isThere(at, path, remedy); at = dirname(at)) missing.unshift(at);
  for (const folder of missing) {
    try {
      mkdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue; // another process was quicker
      throw new CommandError(
        `${path}: the folder cannot be made: ${whyNotWritten(error, dirname(folder))}; ${remedy}`,
        {
          cause: error,
        },
      );
    }
  }
}

function isThere(folder: string, wanted: string, remedy: string): boolean {
  let stats: ReturnType<typeof statSync>;
  try {
    stats = statSync(folder, { throwIfNoEntry: false });
  } catch (error) {
    // A file where a folder should be shows only in the folder above it.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw new CommandError(`${wanted}: the folder cannot be made: ${whyNotWritten(error, folder)}; ${remedy}`, {
      cause: error,
    });
  }
  if (stats === undefined) return false;
  if (stats.isDirectory()) return true;
  throw new CommandError(`${wanted}: the folder cannot be made: ${folder} is a file; ${remedy}`);
}

/** What to do where the file of a command's result cannot be written. */
export const OUTPUT_REMEDY = 'name another with --output';

/**
 * Checks, before work whose result goes into a file, that it can be written; makes its folder.
 *
 * @throws CommandError naming the file and why it cannot be written
 */
export function requireWritable(file: string, remedy?: string): void {
  const folder = dirname(resolve(file));
  const what = remedy ?? 'choose a place that can be written to';
  makeFolder(folder, remedy);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CommandError(`${file}: cannot be written: it is a folder; ${what}`);
  }
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new CommandError(`${file}: cannot be written: ${whyNotWritten(error, folder)}; ${what}`, { cause: error });
  }
}

/** Why the system would not write into a folder, in words. */
export function whyNotWritten(error: unknown, folder: string): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EROFS':
      return `${folder} is on a file system that can only be read (EROFS)`;
    case 'EACCES':
    case 'EPERM':
      return `this user may not write into ${folder} (${(error as NodeJS.ErrnoException).code})`;
    case 'ENOENT':
      return `nothing can be made in ${folder} (ENOENT)`;
    default:
      return reasonOf(error);
  }
}
