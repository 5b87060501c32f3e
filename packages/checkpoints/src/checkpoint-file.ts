import { type ByteSource, requireRange } from './byte-source.js';
import { CheckpointError } from './checkpoint-error.js';
import { openPath } from './open-path.js';

/**
 * A checkpoint: the path of a file (in Node), a Blob (a browser's File, what `response.blob()` gives), or the bytes of a
 * whole file. Of a path and of a Blob only what is asked for is read.
 */
export type CheckpointFile = string | Blob | ArrayBuffer | Uint8Array;

/**
 * Opens a source, gives it to a reader, and closes it if that fails.
 *
 * @throws CheckpointError when the source cannot be opened; whatever `read` throws
 */
export async function withSource<Result>(
  file: CheckpointFile,
  read: (source: ByteSource) => Promise<Result>,
): Promise<Result> {
  const source = typeof file === 'string' ? await openPath(file) : file instanceof Blob ? ofBlob(file) : ofBytes(file);
  try {
    return await read(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

function ofBlob(blob: Blob): ByteSource {
  const path = 'name' in blob && typeof blob.name === 'string' ? blob.name : 'a Blob';
  return checked(path, blob.size, async (position, length) => {
    try {
      return new Uint8Array(await blob.slice(position, position + length).arrayBuffer());
    } catch (error) {
      const problem = `cannot be read: ${(error as Error).message}`;
      throw new CheckpointError(path, problem, 'it may have changed since it was chosen: choose it again', {
        cause: error,
      });
    }
  });
}

function ofBytes(content: ArrayBuffer | Uint8Array): ByteSource {
  const bytes = content instanceof Uint8Array ? content : new Uint8Array(content);
  const read = (position: number, length: number) => Uint8Array.from(bytes.subarray(position, position + length));
  return checked('bytes in memory', bytes.length, async (position, length) => read(position, length));
}

function checked(path: string, size: number, read: ByteSource['read']): ByteSource {
  return {
    path,
    size,
    read: async (position, length) => {
      requireRange({ path, size }, position, length);
      return read(position, length);
    },
    close: async () => {},
  };
}
