import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { VideoError } from '../video-error.js';
import { openSource } from './open-source.js';
import { remainingMs } from './source-work.js';

const CHUNK_BYTES = 1 << 20;

/** Copies a source to a file, whole or not at all, in this thread; returns the number of bytes. */
export function writeCopy(path: string, output: string): number {
  const partial = `${output}.partial`;
  const source = openSource(path);
  try {
    const file = openSync(partial, 'w');
    let at = 0;
    try {
      const chunk = new Uint8Array(CHUNK_BYTES);
      while (at < source.size()) {
        remainingMs(path);
        const read = source.read(chunk, 0, chunk.length, at);
        if (read === 0) throw new VideoError('truncated', path, `it ends after ${at} of its ${source.size()} bytes`);
        for (let done = 0; done < read; ) done += writeSync(file, chunk, done, read - done);
        at += read;
      }
    } finally {
      closeSync(file);
    }
    renameSync(partial, output);
    return at;
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  } finally {
    source.close();
  }
}
