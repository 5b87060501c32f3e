import { dirname } from 'node:path';
import { writeFileAtomically as writeWhole } from '@vjepa/files';
import { InputError } from '../input-error.js';
import { whyNotWritten } from './make-folder.js';

/**
 * Writes a file so that it is either complete or absent. A power cut or a full disk leaves what was there before.
 *
 * @param content in one piece, or in several that need not be in memory at once
 * @throws InputError naming the file and why it cannot be written
 */
export function writeFileAtomically(path: string, content: string | Uint8Array | Iterable<Uint8Array>): void {
  try {
    writeWhole(path, content);
  } catch (error) {
    // What makes the content fails for reasons of its own.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    const problem = `cannot be written: ${whyNotWritten(error, dirname(path))}`;
    throw new InputError({ subject: path, problem, cause: error });
  }
}
