import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RgbFrames } from '../rgb-frames.js';
import { parseSource } from '../sources/source-location.js';
import { sourceRead } from '../sources/source-work.js';
import { VideoError } from '../video-error.js';
import { readImage } from './read-image.js';

/** A video whose frames lie in a folder, a picture each, such as `00001.jpg`. */
export interface FrameFolder {
  path: string;
  /** Paths of the frames in their order: that of the numbers in their names. */
  files: string[];
  /** Changes when frames come, go or are renamed. */
  version: string;
}

const PICTURE = /^[^.].*\.(jpe?g|png|bmp|webp)$/i;

/**
 * The folder of frames at a path; undefined where there is none, or a file.
 *
 * @throws VideoError `not-a-video` for a folder without pictures
 */
export function frameFolder(path: string): FrameFolder | undefined {
  const { kind, place, member } = parseSource(path);
  if (kind !== 'file' || member !== undefined) return undefined;
  const stats = sourceRead(path, () => statSync(place, { throwIfNoEntry: false }));
  if (!stats?.isDirectory()) return undefined;
  const names = sourceRead(path, () => readdirSync(place)).filter((name) => PICTURE.test(name));
  if (names.length === 0) {
    const reason = 'it is a folder without pictures; expected a video, or a folder of its frames such as 00001.jpg';
    throw new VideoError('not-a-video', path, reason);
  }
  // Copies exist whose numbers have no zeros in front.
  const files = names.sort(new Intl.Collator('en', { numeric: true }).compare).map((name) => join(place, name));
  return { path, files, version: `${place}\0${names.length}\0${stats.mtimeMs}` };
}

/**
 * Frames at any `indices` (inside the video; unsorted and repeated ones allowed) as RGB.
 * @throws VideoError where a frame cannot be read, or is of another size than those before it
 */
export async function readFrames(folder: FrameFolder, indices: ArrayLike<number>): Promise<RgbFrames> {
  const read = new Map<number, RgbFrames>();
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!read.has(index)) read.set(index, await readImage(folder.files[index]!));
  }
  const { height, width } = read.get(indices[0]!)!;
  const bytes = height * width * 3;
  const data = new Uint8Array(bytes * indices.length);
  for (let i = 0; i < indices.length; i++) {
    const frame = read.get(indices[i]!)!;
    if (frame.height !== height || frame.width !== width) {
      const found = `frame ${indices[i]} is ${frame.width} x ${frame.height}, others are ${width} x ${height}`;
      throw new VideoError('decode-failed', folder.path, found);
    }
    data.set(frame.data, i * bytes);
  }
  return { data, frames: indices.length, height, width };
}
