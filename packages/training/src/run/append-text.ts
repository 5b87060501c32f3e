import { appendFileSync } from 'node:fs';
import { InputError, reasonOf } from '../input-error.js';
import { sentence } from '../sentence.js';
import { OVERWRITE, RESUME } from './run-options.js';

/**
 * Appends to one of a run's files.
 *
 * @throws InputError naming the file when the system refuses, as it does when the disk is full; the file may then end
 *   in half a line, which readers pass over and a resumed run cuts off
 */
export function appendText(path: string, text: string): void {
  try {
    appendFileSync(path, text);
  } catch (error) {
    throw new InputError({
      subject: path,
      problem: sentence`cannot be written: ${reasonOf(error)}`,
      remedy: sentence`see to the disk, then continue with ${RESUME} (with ${OVERWRITE} where nothing was saved yet)`,
      cause: error,
    });
  }
}
