import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InputError, reasonOf } from '../input-error.js';
import type { Sentence } from '../sentence.js';

/** What helps where something cannot be written, if the caller knows nothing better. */
export const OTHER_PLACE = 'choose a place that can be written to';

/**
 * Makes a folder and those above it that are missing. One by one: Node's own recursive `mkdir` tries for ever where the
 * system answers that a folder which is there is not (`/proc`).
 *
 * @param remedy what the reader can do, for example `choose another folder`
 * @throws InputError naming the folder that cannot be made and why
 */
export function makeFolder(path: string, remedy: string | Sentence = OTHER_PLACE): void {
  const missing: string[] = [];
  let at = resolve(path);
  for (; !isThere(at, path, remedy); at = dirname(at)) missing.unshift(at);
  for (const folder of missing) {
    try {
      mkdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue; // another process was quicker
      throw notMade(path, whyNotWritten(error, dirname(folder)), remedy, error);
    }
  }
}

function notMade(subject: string, why: string, remedy: string | Sentence, cause?: unknown): InputError {
  return new InputError({ subject, problem: `the folder cannot be made: ${why}`, remedy, cause });
}

function isThere(folder: string, wanted: string, remedy: string | Sentence): boolean {
  let stats: ReturnType<typeof statSync>;
  try {
    stats = statSync(folder, { throwIfNoEntry: false });
  } catch (error) {
    // A file where a folder should be shows only in the folder above it.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw notMade(wanted, whyNotWritten(error, folder), remedy, error);
  }
  if (stats === undefined) return false;
  if (stats.isDirectory()) return true;
  throw notMade(wanted, `${folder} is a file`, remedy);
}

/**
 * Checks, before work whose result goes into a file, that it can be written; makes its folder.
 *
 * @throws InputError naming the file and why it cannot be written
 */
export function requireWritable(file: string, remedy: string | Sentence = OTHER_PLACE): void {
  const folder = dirname(resolve(file));
  makeFolder(folder, remedy);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError({ subject: file, problem: 'cannot be written: it is a folder', remedy });
  }
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const problem = `cannot be written: ${whyNotWritten(error, folder)}`;
    throw new InputError({ subject: file, problem, remedy, cause: error });
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
      return String(reasonOf(error));
  }
}
