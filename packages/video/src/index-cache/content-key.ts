import { createHash } from 'node:crypto';
import { readFully, type SourceFile } from '../sources/source-file.js';

/** Containers keep their tables at the beginning or at the end: those are read in full, the middle at a few places. */
const EDGE_BYTES = 65536;
const MIDDLE_SAMPLES = 8;
const SAMPLE_BYTES = 4096;

/**
 * A key that changes when a file's size, beginning, end or sampled middle changes, and with the demuxer that looked at
 * it, so that what one finds never depends on which one came first; moving or copying the file keeps it.
 */
export function contentKey(file: SourceFile, demuxer: string): string {
  const size = file.size();
  const hash = createHash('sha256').update(`${demuxer}\0${size}`);
  const buffer = Buffer.alloc(EDGE_BYTES);
  const add = (position: number, length: number) => {
    hash.update(buffer.subarray(0, readFully(file, buffer, length, position)));
  };
  add(0, EDGE_BYTES);
  if (size > EDGE_BYTES) add(Math.max(EDGE_BYTES, size - EDGE_BYTES), EDGE_BYTES);
  const middle = size - 2 * EDGE_BYTES;
  for (let i = 0; i < MIDDLE_SAMPLES && middle > 0; i++) {
    add(EDGE_BYTES + Math.floor((middle * i) / MIDDLE_SAMPLES), SAMPLE_BYTES);
  }
  return hash.digest('hex').slice(0, 40);
}
