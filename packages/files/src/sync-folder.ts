import { closeSync, fsyncSync, openSync } from 'node:fs';

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
