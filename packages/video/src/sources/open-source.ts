import { accessSync, closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { VideoError } from '../video-error.js';
import { openHttpSource } from './http-source.js';
import type { SourceFile } from './source-file.js';
import { parseSource } from './source-location.js';
import { sourceRead } from './source-work.js';

/**
 * Opens a source for reading. Only call this in a decode thread: reading from the network blocks it.
 * @throws VideoError `missing`, `unreadable` or `unavailable`, also from its `read`
 */
export function openSource(path: string): SourceFile {
  const { kind, place, member } = parseSource(path);
  const source = sourceRead(path, () => (kind === 'http' ? openHttpSource(path, place) : openDiskSource(path, place)));
  const whole: SourceFile = {
    ...source,
    read: (target, at, length, position) => sourceRead(path, () => source.read(target, at, length, position)),
  };
  if (!member) return whole;
  const { offset, size } = member;
  if (offset + size > whole.size()) {
    whole.close();
    const reason = `the archive ends after ${whole.size()} bytes, its member is said to end at ${offset + size}`;
    throw new VideoError('truncated', path, reason);
  }
  return {
    size: () => size,
    read(target, at, length, position) {
      const inside = Math.max(0, Math.min(length, size - position));
      return inside === 0 ? 0 : whole.read(target, at, inside, offset + position);
    },
    version: () => `${whole.version()}#${offset}+${size}`,
    close: () => whole.close(),
  };
}

/** A file on disk: nothing of it is kept in memory. */
function openDiskSource(path: string, place: string): SourceFile {
  let fd: number;
  try {
    if (statSync(place).isDirectory()) throw new VideoError('unreadable', path, 'it is a folder, not a file');
    accessSync(place, constants.R_OK);
    fd = openSync(place, 'r');
  } catch (error) {
    if (error instanceof VideoError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new VideoError('missing', path, 'No such file or directory');
    if (code === 'EACCES' || code === 'EPERM') throw new VideoError('unreadable', path, 'Permission denied');
    throw VideoError.from(error, path, 'unreadable');
  }
  const { size, mtimeMs } = fstatSync(fd);
  return {
    size: () => size,
    read: (target, offset, length, position) => readSync(fd, target, offset, length, position),
    version: () => `${place}\0${size}\0${mtimeMs}`,
    close: () => closeSync(fd),
  };
}
