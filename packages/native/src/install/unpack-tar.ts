import { createReadStream } from 'node:fs';
import { posix } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { unpackTar } from 'modern-tar/fs';
import type { UnpackOptions } from './unpack-wheel.js';

/**
 * Unpacks files and symbolic links of a `.tar.gz`, streaming; the checksums of gzip and of every header are verified on
 * the way. Names and links that lead out of the folder are refused.
 *
 * @throws Error naming the archive if it is damaged or ends early
 */
export async function unpackTarGz(path: string, { folder, select, onBytes }: UnpackOptions): Promise<void> {
  let name = posix.basename(path);
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      onBytes?.(name, bytes);
      done(null, chunk);
    },
  });
  const unpacked = unpackTar(folder, {
    strict: true,
    filter: ({ name, type }) => (type === 'file' || type === 'symlink') && select(posix.normalize(name)) !== undefined,
    map: (header) => {
      name = posix.normalize(header.name);
      // Only a link to a neighbour: a link that leads elsewhere has no business in a library's archive.
      if (header.type === 'symlink' && header.linkname?.includes('/')) {
        throw new Error(`${name} links to ${header.linkname}, outside its folder`);
      }
      return { ...header, name: select(name)!, mode: (header.mode ?? 0) & 0o111 ? 0o755 : 0o644 };
    },
  });
  try {
    await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), createGunzip(), count, unpacked);
  } catch (cause) {
    throw new Error(`${path} is damaged or incomplete: ${(cause as Error).message}`, { cause });
  }
}
