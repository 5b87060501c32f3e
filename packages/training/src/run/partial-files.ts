import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Of a file that is written whole or not at all, until it has its name: `.NAME.PROCESS.RANDOM.tmp`. */
const PARTIAL = /^\.(.+)\.\d+\.[0-9a-f]+\.tmp$/;

/**
 * Removes what a killed process left of files it was writing. Nobody else may be writing them.
 *
 * @param paths files, and folders in which every file counts; they need not be there
 */
export function removePartialFiles(paths: readonly string[]): void {
  for (const path of paths) {
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    const folder = isFolder ? path : dirname(path);
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder)) {
      const [, whole] = PARTIAL.exec(name) ?? [];
      if (whole === undefined || !(isFolder || whole === basename(path))) continue;
      rmSync(join(folder, name), { force: true });
    }
  }
}
