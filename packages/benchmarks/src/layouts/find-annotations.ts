import { join } from 'node:path';
import { BenchmarkError } from '../benchmark-error.js';
import { firstExisting } from '../file-listing.js';

/** Where lists lie below a data set's folder. */
const FOLDERS = ['', 'labels', 'annotations'];

/**
 * An annotation file, in the data set's folder or in `labels` or `annotations` in it.
 *
 * @param names what it may be called, the official name first
 * @throws BenchmarkError naming the official file and every place that was looked at
 */
export async function findAnnotations(root: string, names: readonly string[]): Promise<string> {
  const places = FOLDERS.flatMap((folder) => names.map((name) => join(root, folder, name)));
  const found = await firstExisting(places);
  if (found !== undefined) return found;
  throw new BenchmarkError(root, `holds no ${names[0]}; looked for ${places.join(', ')}`);
}

/** The first of some folders in a data set's folder that is there, else the data set's folder itself. */
export async function findVideos(root: string, names: readonly string[]): Promise<string> {
  return (await firstExisting(names.map((name) => join(root, name)))) ?? root;
}
