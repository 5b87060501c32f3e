import { basename, extname, join } from 'node:path';
import { type FileListing, listFiles, VIDEO_EXTENSIONS } from '../file-listing.js';

/**
 * A video by its id: under the first of some endings, as they are or in capitals, with which it is there, else under the
 * first of them. The ending '' is a folder of frames.
 */
export async function namedVideo(
  folder: string,
  id: string,
  endings: readonly string[],
  listing: FileListing,
): Promise<string> {
  const capitals = endings.map((ending) => ending.toUpperCase());
  const places = [...endings, ...capitals].map((ending) => join(folder, `${id}${ending}`));
  for (const place of places) if (await listing.has(place)) return place;
  return places[0]!;
}

/** The videos of a folder, wherever below it they lie, by their names without endings. */
export async function videosByName(folder: string): Promise<ReadonlyMap<string, string>> {
  const paths = await listFiles(folder, VIDEO_EXTENSIONS);
  return new Map(paths.map((path) => [basename(path, extname(path)), path]));
}
