import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { makeFolder } from './make-folder.js';

/** What an archive says while it is unpacked. */
export interface UnpackOptions {
  /** Where the files go. */
  folder: string;
  /** The path in `folder` of a file of the archive; undefined for those that stay out. */
  select: (name: string) => string | undefined;
  /** Called with the name of the file being written and what has been written of all; of wheels the total is known. */
  onBytes?: ((name: string, bytes: number, totalBytes?: number) => void) | undefined;
}

/**
 * Unpacks files of a wheel (a zip archive, of any size), streaming, and checks their sizes and CRC-32s. Names that lead
 * out of the folder are refused.
 *
 * @throws Error naming the archive, and the file where one is damaged; what was written then stays behind, incomplete
 */
export async function unpackWheel(path: string, { folder, select, onBytes }: UnpackOptions): Promise<void> {
  const zip = await openWheel(path);
  try {
    const files = await selectedFiles(zip, path, select);
    const totalBytes = files.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
    let bytes = 0;
    for (const { entry, destination } of files) {
      await unpackFile(zip, entry, join(folder, destination), (written) => {
        bytes += written;
        onBytes?.(entry.fileName, bytes, totalBytes);
      }).catch((cause: unknown) => {
        throw new Error(`${path} is damaged at ${entry.fileName}: ${(cause as Error).message}`, { cause });
      });
    }
  } finally {
    zip.close();
  }
}

async function openWheel(path: string): Promise<ZipFile> {
  try {
    return await openPromise(path, { autoClose: false, strictFileNames: true });
  } catch (cause) {
    throw new Error(`${path} is not a zip file, or not all of it: ${(cause as Error).message}`, { cause });
  }
}

async function selectedFiles(zip: ZipFile, path: string, select: UnpackOptions['select']) {
  const files: { entry: Entry; destination: string }[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      const destination = select(entry.fileName);
      if (destination !== undefined) files.push({ entry, destination });
    }
  } catch (cause) {
    throw new Error(`${path} is damaged: ${(cause as Error).message}`, { cause });
  }
  return files;
}

async function unpackFile(
  zip: ZipFile,
  entry: Entry,
  destination: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  makeFolder(dirname(destination));
  let checksum = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      checksum = crc32(chunk, checksum);
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  // The upper half holds Unix permissions, or 0 if the archive was made elsewhere.
  const mode = (entry.externalFileAttributes >>> 16) & 0o111 ? 0o755 : 0o644;
  await pipeline(await zip.openReadStreamPromise(entry), check, createWriteStream(destination, { mode }));
  if (checksum !== entry.crc32) throw new Error('its checksum is wrong');
}
