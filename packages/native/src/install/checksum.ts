import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { OnProgress } from '@vjepa/engine';

/** The SHA-256 of a file. */
export async function checksum(path: string, onProgress: OnProgress): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    onProgress({ stage: 'verify', item: basename(path), bytes });
  }
  return hash.digest('hex');
}
