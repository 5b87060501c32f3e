import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder } from './sync-folder.js';

/**
 * Writes a file so that it is either complete or absent: a temporary file beside it, fsync, rename, fsync of the
 * folder. A power cut or a full disk leaves what was there before.
 *
 * @param content in one piece, or in several that need not be in memory at once
 * @throws the system's error, with `code`; whatever the content throws while it is made
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
    throw error;
  }
}
