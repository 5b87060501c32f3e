import { rename, rm, writeFile } from 'node:fs/promises';

/** Writes a file so that a reader, or a process that is killed, sees the old content or the new, never a part. */
export async function writeFileAtomically(path: string, content: string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await writeFile(partial, content);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
