import { appendFileSync } from 'node:fs';
import { CommandError, reasonOf } from '../command-error.js';

/**
 * Appends to one of a run's files.
 *
 * @throws CommandError naming the file when the system refuses, as it does when the disk is full; the file may then end
 *   in half a line, which readers pass over and a resumed run cuts off
 */
export function appendText(path: string, text: string): void {
  try {
    appendFileSync(path, text);
  } catch (error) {
    throw new CommandError(
      `${path}: cannot be written: ${reasonOf(error)}; see to the disk, then continue with --resume (with --overwrite where nothing was saved yet)`,
      {
        cause: error,
      },
    );
  }
}
