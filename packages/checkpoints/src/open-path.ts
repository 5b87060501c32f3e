import type { FileHandle } from 'node:fs/promises';
import { type ByteSource, requireRange } from './byte-source.js';
import { CheckpointError } from './checkpoint-error.js';
import { nodeModule } from './node-module.js';

/** Bytes per read call: the operating system takes no more than 2 GiB at once. */
const MAX_READ_BYTES = 2 ** 30;

/** @throws CheckpointError when the file does not exist, is a folder or cannot be read, and where there are no paths */
export async function openPath(path: string): Promise<ByteSource> {
  const fs = nodeModule('node:fs/promises');
  if (!fs) {
    const remedy = "give a Blob (a chosen File, or what fetch's response.blob() gives) or the bytes";
    throw new CheckpointError(path, 'is a path, which a browser cannot open', remedy);
  }
  try {
    const handle = await fs.open(path, 'r');
    const { size, isFile } = await describe(handle);
    if (isFile) return fileSource(path, size, handle);
    await handle.close();
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (error as Error).message;
    throw new CheckpointError(path, reason, 'check the path and its permissions', { cause: error });
  }
  throw new CheckpointError(path, 'is a folder, expected a file', 'name the checkpoint file inside it');
}

async function describe(handle: FileHandle): Promise<{ size: number; isFile: boolean }> {
  const stat = await handle.stat();
  return { size: stat.size, isFile: stat.isFile() };
}

function fileSource(path: string, size: number, handle: FileHandle): ByteSource {
  return {
    path,
    size,
    async read(position, length) {
      requireRange({ path, size }, position, length);
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const wanted = Math.min(length - done, MAX_READ_BYTES);
        const { bytesRead } = await handle.read(bytes, done, wanted, position + done);
        if (bytesRead === 0) {
          throw new CheckpointError(path, 'shrank while being read', 'do not write to a checkpoint in use');
        }
        done += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}
