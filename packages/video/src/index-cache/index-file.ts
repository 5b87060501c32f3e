import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { threadId } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import { makeFolder } from '@vjepa/files';
import type { PacketIndex } from '../packet-index.js';

/** Raised whenever the meaning or the fields of an index change. */
const FORMAT = 6;
/** A CRC-32 of everything behind it: one flipped bit in a table of times is another frame, without an error. */
const CHECKSUM_BYTES = 4;

interface IndexFile {
  format: number;
  index: PacketIndex;
}

function filePath(folder: string, key: string): string {
  return join(folder, key.slice(0, 2), `${key}.bin`);
}

/** The stored index of the file with this content key; undefined where there is none that can be used. */
export function readIndexFile(folder: string, key: string): PacketIndex | undefined {
  try {
    const bytes = readFileSync(filePath(folder, key));
    const content = bytes.subarray(CHECKSUM_BYTES);
    if (bytes.readUInt32LE() !== crc32(content)) return undefined;
    const { format, index } = deserialize(content) as IndexFile;
    return format === FORMAT ? index : undefined;
  } catch {
    return undefined;
  }
}

/** Stores an index. A cache that cannot be written (read-only, full) is no reason to fail: the next reader recounts. */
export function writeIndexFile(folder: string, key: string, index: PacketIndex): void {
  const path = filePath(folder, key);
  const partial = `${path}.${process.pid}-${threadId}`;
  try {
    makeFolder(dirname(path));
    const content = serialize({ format: FORMAT, index } satisfies IndexFile);
    const checksum = Buffer.alloc(CHECKSUM_BYTES);
    checksum.writeUInt32LE(crc32(content));
    writeFileSync(partial, Buffer.concat([checksum, content]));
    renameSync(partial, path);
  } catch {
    removeQuietly(partial);
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The folder itself is not there.
  }
}
