import { readdirSync, statSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { IMAGE_EXTENSIONS, VIDEO_EXTENSIONS } from '@vjepa/benchmarks';
import { CommandError } from '../command-error.js';

/** Videos or pictures, never both: they are made into clips in different ways. */
export interface InputFiles {
  kind: 'video' | 'image';
  paths: string[];
  /** As the output names them: relative to the folder asked for, or the file's own name. */
  names: string[];
}

/**
 * The file given, or every video, else every picture, in and below the folder given, sorted by name.
 *
 * @throws CommandError when there is no such file or folder, a folder holds neither kind, or both
 */
export function inputFiles(input: string): InputFiles {
  const stats = statSync(input, { throwIfNoEntry: false });
  if (!stats) throw new CommandError(`${input}: no such file or folder`);
  if (!stats.isDirectory()) return { kind: isImage(input) ? 'image' : 'video', paths: [input], names: [input] };
  const files = readdirSync(input, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && (isImage(entry.name) || isVideo(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const images = files.filter(isImage);
  if (files.length === 0) throw new CommandError(`${input}: the folder holds no video and no picture`);
  if (images.length > 0 && images.length < files.length) {
    throw new CommandError(
      `${input}: the folder holds ${images.length} pictures and ${files.length - images.length} videos; give a folder ` +
        'of one kind',
    );
  }
  const kind = images.length > 0 ? 'image' : 'video';
  return { kind, paths: files, names: files.map((path) => relative(input, path)) };
}

function isImage(path: string): boolean {
  return IMAGE_EXTENSIONS.has(extname(path).toLowerCase());
}

function isVideo(path: string): boolean {
  return VIDEO_EXTENSIONS.has(extname(path).toLowerCase());
}
