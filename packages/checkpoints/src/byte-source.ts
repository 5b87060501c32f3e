import { CheckpointError } from './checkpoint-error.js';

/** Bytes that can be read at any place; nothing is kept in memory that was not there before. */
export interface ByteSource {
  /** The file's path or name, for messages. */
  readonly path: string;
  readonly size: number;
  /**
   * @returns exactly `length` bytes from `position` on, in memory of their own
   * @throws CheckpointError when the source ends before
   */
  read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** @throws CheckpointError when the range is not in the source */
export function requireRange(
  { path, size }: Pick<ByteSource, 'path' | 'size'>,
  position: number,
  length: number,
): void {
  if (position >= 0 && length >= 0 && position + length <= size) return;
  throw new CheckpointError(
    path,
    `ends after ${size} bytes, expected ${length} bytes from byte ${position} on`,
    'the file is truncated or damaged: copy or download it again',
  );
}
