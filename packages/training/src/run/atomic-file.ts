import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '../input-error.js';
import { whyNotWritten } from './make-folder.js';

/**
 * Writes a file so that it is either complete or absent: a temporary file beside it, fsync, rename, fsync of the
 * folder. A power cut or a full disk leaves what was there before.
 *
 * @param content in one piece, or in several that need not be in memory at once
 * @throws InputError naming the file and why it cannot be written
 */
export function writeFileAtomically(path: string, content: string | Uint8Array | Iterable<Uint8Array>): void {
  const partial = `${path}.${process.pid}.partial`;
  try {
    const file = openSync(partial, 'w');
    try {
      const whole = typeof content === 'string' ? Buffer.from(content) : content;
      for (const bytes of whole instanceof Uint8Array ? [whole] : whole) {
        for (let at = 0; at < bytes.byteLength; ) at += writeSync(file, bytes, at);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(partial, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(partial, { force: true });
    // What makes the content fails for reasons of its own.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    const problem = `cannot be written: ${whyNotWritten(error, dirname(path))}`;
    throw new InputError({ subject: path, problem, cause: error });
  }
}

/** Makes renames in a folder survive a power cut; folders cannot be opened everywhere (Windows), which is let pass. */
export function syncFolder(path: string): void {
  let folder: number;
  try {
    folder = openSync(path, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(folder);
  } catch {
    // Some file systems refuse to sync a folder; the rename itself has happened.
  } finally {
    closeSync(folder);
  }
}
