import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { makeFolder as makeMissingFolders } from '@vjepa/files';
import { InputError, reasonOf } from '../input-error.js';
import type { Sentence } from '../sentence.js';

/** What helps where something cannot be written, if the caller knows nothing better. */
export const OTHER_PLACE = 'choose a place that can be written to';

/**
 * Makes a folder and those above it that are missing.
 *
 * @param remedy what the reader can do, for example `choose another folder`
 * @throws InputError naming the folder that cannot be made and why
 */
export function makeFolder(path: string, remedy: string | Sentence = OTHER_PLACE): void {
  try {
    makeMissingFolders(path);
  } catch (error) {
    const problem = `the folder cannot be made: ${whyNotMade(error as NodeJS.ErrnoException)}`;
    throw new InputError({ subject: path, problem, remedy, cause: error });
  }
}

function whyNotMade(error: NodeJS.ErrnoException): string {
  const folder = error.path ?? '';
  // A link to nowhere is in the way, too, and no file.
  if (error.code === 'EEXIST' && existsSync(folder)) return `${folder} is a file`;
  return whyNotWritten(error, error.syscall === 'mkdir' ? dirname(folder) : folder);
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
