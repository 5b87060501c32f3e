/** Random access to the bytes of a video, wherever they are. Calls return when the bytes are there. */
export interface SourceFile {
  size(): number;
  /** Reads up to `length` bytes at `position` into `target` from `offset` on; returns how many, 0 at the end. */
  read(target: Uint8Array, offset: number, length: number, position: number): number;
  /** Changes when the contents may have changed: a file that is written anew is another one. */
  version(): string;
  close(): void;
}

/** Reads until `length` bytes are there or the file ends; returns how many. */
export function readFully(file: SourceFile, target: Uint8Array, length: number, position: number): number {
  let done = 0;
  while (done < length) {
    const read = file.read(target, done, length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}
