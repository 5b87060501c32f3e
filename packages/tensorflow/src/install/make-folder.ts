import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TensorFlowError } from '../tensorflow-error.js';

/**
 * Makes a folder and those above it that are missing. One by one: Node's own recursive `mkdir` tries for ever where the
 * system answers that a folder which is there is not (`/proc`).
 *
 * @throws TensorFlowError `install-failed` naming the folder that cannot be made, why, and the remedy
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeMissing(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new TensorFlowError(
      'install-failed',
      `${path}: the folder cannot be made: ${(code && reasons[code]) ?? message}; set VJEPA_CACHE to a folder that can be written to`,
      { cause },
    );
  }
}

const reasons: Record<string, string> = {
  EROFS: 'its file system can only be read (EROFS)',
  EACCES: 'this user may not write there (EACCES)',
  EPERM: 'this user may not write there (EPERM)',
  ENOTDIR: 'a file is in its way (ENOTDIR)',
  EEXIST: 'a file is in its way (EEXIST)',
};

async function makeMissing(path: string): Promise<void> {
  if (await isFolder(path)) return;
  if (dirname(path) !== path) await makeMissing(dirname(path));
  try {
    await mkdir(path);
  } catch (error) {
    // Another process may have been quicker.
    if (!(await isFolder(path))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
