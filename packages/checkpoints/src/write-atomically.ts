import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '@vjepa/files';
import { CheckpointError } from './checkpoint-error.js';

/** Takes a file's bytes in order. */
export interface FileSink {
  /** Bytes written so far. */
  readonly position: number;
  write(bytes: Uint8Array): Promise<void>;
  /** Writes over the file's first bytes, which have been written before. */
  rewriteStart(bytes: Uint8Array): Promise<void>;
}

/**
 * Writes a file so that its name never stands for half of it: into a temporary file beside it, through to the disk,
 * then renamed. If anything fails, the temporary file is removed and an older file of that name stays as it was.
 *
 * @throws CheckpointError when the file system refuses; whatever `fill` throws
 */
export async function writeAtomically(path: string, fill: (sink: FileSink) => Promise<void>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await fill(createSink(handle));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof CheckpointError || code === undefined) throw error;
    const problem =
      code === 'ENOENT' ? 'cannot be written, its folder does not exist' : `cannot be written: ${message}`;
    throw new CheckpointError(path, problem, 'check the folder, its permissions and the space left', { cause: error });
  }
  syncFolder(dirname(path));
}

function createSink(handle: FileHandle): FileSink {
  let position = 0;
  return {
    get position() {
      return position;
    },
    async write(bytes) {
      await writeAt(handle, bytes, position);
      position += bytes.length;
    },
    rewriteStart: (bytes) => writeAt(handle, bytes, 0),
  };
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, start: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(bytes.length - done, 2 ** 30), start + done);
    done += bytesWritten;
  }
}
