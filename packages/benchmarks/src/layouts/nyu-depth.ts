import { dirname, join } from 'node:path';
import { BenchmarkError, shown } from '../benchmark-error.js';
import { firstExisting } from '../file-listing.js';
import { readLabelMap } from '../label-map.js';
import { type AnnotatedPicture, requireAnnotated } from '../segmentation-set.js';
import { readLines } from '../text-file.js';

/** Where NYU Depth v2 lies, and what of it is read. */
export interface NyuDepthOptions {
  split: 'train' | 'test';
  /** Folder of `nyu_train.txt` and `nyu_test.txt`, from which their paths start. */
  root: string;
  /** Metres of one unit of the depth maps. Default 0.001: they hold millimetres. */
  unit?: number | undefined;
}

/** Depth of each pixel. */
export interface DepthMap {
  height: number;
  width: number;
  /** Metres, by row; 0 where nothing was measured. */
  depth: Float32Array;
}

/** Pictures whose pixels have a depth. */
export interface DepthSet {
  name: string;
  split: string;
  entries: readonly AnnotatedPicture[];
  /** @throws BenchmarkError for a file that cannot be read, or that has not 16 bits */
  readDepth(entry: AnnotatedPicture): Promise<DepthMap>;
  /**
   * The part of a picture of this size that counts in the test split; undefined where all of it does. Of 480 x 640, as the
   * camera takes them, it is rows 45 to 470 and columns 41 to 600 (Eigen et al. 2014), outside of which the projection of the depth
   * camera leaves little.
   */
  evaluated(size: { height: number; width: number }): PicturePart | undefined;
}

/** Pixels from a row and a column on. */
export interface PicturePart {
  top: number;
  left: number;
  height: number;
  width: number;
}

const EIGEN_CROP: PicturePart = { top: 45, left: 41, height: 426, width: 560 };

/**
 * Reads NYU Depth v2 as those have it who train depth on it: `nyu_train.txt` (24,231 pairs of the raw sequences) and
 * `nyu_test.txt` (the 654 of Eigen's test split), each line `rgb depth focal` with paths from the root, depths 16-bit PNG in
 * millimetres. Any other set of pairs can be listed like this; a focal length is not needed.
 *
 * @throws BenchmarkError for missing files and lines without two paths
 */
export async function loadNyuDepth({ split, root, unit = 1e-3 }: NyuDepthOptions): Promise<DepthSet> {
  const list =
    (await firstExisting([join(root, `nyu_${split}.txt`), join(root, `nyu/nyu_${split}.txt`)])) ??
    join(root, `nyu_${split}.txt`);
  const base = dirname(list);
  const entries = (await readLines(list)).map(({ text, number }): AnnotatedPicture => {
    const [path, annotation] = text.trim().split(/\s+/);
    if (annotation === undefined) throw new BenchmarkError(list, `${shown(text)} is not 'picture depth'`, number);
    return { path: join(base, path!), annotation: join(base, annotation) };
  });
  await requireAnnotated(entries, list);
  return {
    ...{ name: 'nyu-depth', split, entries },
    // Pictures of other sizes are others: their edges are as good as the rest.
    evaluated: ({ height, width }) => (split === 'test' && height === 480 && width === 640 ? EIGEN_CROP : undefined),
    async readDepth({ annotation }) {
      const { labels, height, width } = await readLabelMap(annotation);
      if (!(labels instanceof Uint16Array)) {
        throw new BenchmarkError(annotation, 'has 8 bits a pixel, expected 16: depth in millimetres');
      }
      return { height, width, depth: Float32Array.from(labels, (value) => value * unit) };
    },
  };
}
