import { statfs } from 'node:fs/promises';
import { InstallError } from './install-error.js';

/** @throws InstallError where a folder's disk has less free than that, in bytes */
export async function requireSpace(folder: string, bytes: number, title: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= bytes) return;
  const [needed, free] = [bytes, bavail * bsize].map((size) => `${(size / 1e9).toFixed(1)} GB`);
  throw new InstallError(
    `${folder} has ${free} free, and installing ${title} takes ${needed}; make room, or set VJEPA_CACHE to another disk`,
  );
}
