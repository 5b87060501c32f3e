import { type FileHandle, open } from 'node:fs/promises';
import { CheckpointError } from './checkpoint-error.js';

/** Bytes per read call: the operating system takes no more than 2 GiB at once. */
const MAX_READ_BYTES = 2 ** 30;

/** A file open for reading at any place; nothing is kept in memory. */
export class RandomAccessFile {
  readonly #handle: FileHandle;

  private constructor(
    readonly path: string,
    readonly size: number,
    handle: FileHandle,
  ) {
    this.#handle = handle;
  }

  /** @throws CheckpointError when the file does not exist, is a folder or cannot be read */
  static async open(path: string): Promise<RandomAccessFile> {
    try {
      const handle = await open(path, 'r');
      const stat = await handle.stat();
      if (stat.isFile()) return new RandomAccessFile(path, stat.size, handle);
      await handle.close();
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (error as Error).message;
      throw new CheckpointError(path, reason, 'check the path and its permissions', { cause: error });
    }
    throw new CheckpointError(path, 'is a folder, expected a file', 'name the checkpoint file inside it');
  }

  /**
   * @returns exactly `length` bytes from `position` on, in memory of their own
   * @throws CheckpointError when the file ends before
   */
  async read(position: number, length: number): Promise<Uint8Array> {
    if (position < 0 || length < 0 || position + length > this.size) {
      throw new CheckpointError(
        this.path,
        `ends after ${this.size} bytes, expected ${length} bytes from byte ${position} on`,
        'the file is truncated or damaged: copy or download it again',
      );
    }
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const wanted = Math.min(length - done, MAX_READ_BYTES);
      const { bytesRead } = await this.#handle.read(bytes, done, wanted, position + done);
      if (bytesRead === 0) {
        throw new CheckpointError(this.path, 'shrank while being read', 'do not write to a checkpoint in use');
      }
      done += bytesRead;
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
