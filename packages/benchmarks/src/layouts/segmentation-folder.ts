import { join } from 'node:path';
import { BenchmarkError } from '../benchmark-error.js';
import { readClassNames } from '../class-names.js';
import { firstExisting } from '../file-listing.js';
import { IGNORED, picturesWithAnnotations, type SegmentationSet, segmentationSet } from '../segmentation-set.js';

/** Where pictures of one's own lie. */
export interface SegmentationFolderOptions {
  /** Holds `images`, `annotations` and `classes.txt`; the first two may have a folder for each split. */
  root: string;
  /** Default 'train'. */
  split?: string | undefined;
}

/**
 * Reads segmented pictures of one's own: `images/{split}/{name}.jpg`, `annotations/{split}/{name}.png` with the class of each
 * pixel from 0 on, 255 where it does not count, and `classes.txt`, a name a line. Without folders of splits all pictures
 * are read.
 *
 * @throws BenchmarkError for missing files, for no classes or more than 255
 */
export async function loadSegmentationFolder({
  root,
  split = 'train',
}: SegmentationFolderOptions): Promise<SegmentationSet> {
  const list = join(root, 'classes.txt');
  const classNames = await readClassNames(list);
  if (classNames.length === 0 || classNames.length > IGNORED) {
    throw new BenchmarkError(list, `names ${classNames.length} classes, expected 1 to ${IGNORED}: a pixel has 8 bits`);
  }
  const parts = (await firstExisting([join(root, 'images', split)])) === undefined ? [] : [split];
  const pictures = join(root, 'images', ...parts);
  const entries = await picturesWithAnnotations(pictures, join(root, 'annotations', ...parts));
  return segmentationSet({ name: 'folder', split, classNames }, entries, pictures, (value) => {
    return value === IGNORED || value < classNames.length ? value : undefined;
  });
}
