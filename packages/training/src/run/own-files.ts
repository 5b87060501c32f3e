import { lstatSync, realpathSync, statSync } from 'node:fs';
import { sep } from 'node:path';
import { InputError } from '../input-error.js';

/**
 * Makes sure that what is written to a run's files stays in its folder. Folders in it may be links, to a larger disk;
 * a file that is one would have another file cut and written.
 *
 * @param files that will be appended to or written anew
 * @throws InputError naming the first file that is a link out of the folder
 */
export function requireOwnFiles(folder: string, files: readonly string[]): void {
  const inside = realpathSync(folder) + sep;
  for (const file of files) {
    if (!lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) continue;
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) continue;
    const target = targetOf(file);
    if (target?.startsWith(inside)) continue;
    throw new InputError({
      subject: file,
      problem: `is a link that leads out of the run's folder${target === undefined ? '' : `, to ${target}`}`,
      remedy: 'put the file itself in its place, or remove the link',
    });
  }
}

function targetOf(link: string): string | undefined {
  try {
    return realpathSync(link);
  } catch {
    return undefined; // It leads to nothing yet.
  }
}
