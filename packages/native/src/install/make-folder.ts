import { makeFolder as makeMissingFolders } from '@vjepa/files';
import { InstallError } from './install-error.js';

/**
 * Makes a folder and those above it that are missing.
 *
 * @throws InstallError naming the folder that cannot be made, why, and the remedy
 */
export function makeFolder(path: string): void {
  try {
    makeMissingFolders(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new InstallError(
      `${path}: the folder cannot be made: ${(code && reasons[code]) ?? message}; set VJEPA_CACHE to a folder that can be written to`,
      { cause },
    );
  }
}

const reasons: Record<string, string> = {
  EROFS: 'its file system can only be read (EROFS)',
  EACCES: 'this user may not write there (EACCES)',
  EPERM: 'this user may not write there (EPERM)',
  EEXIST: 'a file is in its way (EEXIST)',
};
