import { extname } from 'node:path';
import { encodePicture, type RgbPicture, writeGif } from '@vjepa/pictures';
import { writeFileAtomically } from '@vjepa/training';

/** Writes a picture, or for a name that ends in .gif a film of so many pictures a second. */
export async function writePicture(
  path: string,
  still: () => RgbPicture,
  film: { pictures: () => RgbPicture[]; rate: number },
): Promise<void> {
  if (isFilm(path)) await writeGif(path, film.pictures(), film.rate);
  else writeFileAtomically(path, await encodePicture(path, still()));
}

/** Whether a name promises a film. */
export function isFilm(path: string): boolean {
  return extname(path).toLowerCase() === '.gif';
}
