import { basename, extname, join } from 'node:path';
import { separateMissing } from './benchmark.js';
import { BenchmarkError } from './benchmark-error.js';
import { FileListing, IMAGE_EXTENSIONS, listFiles } from './file-listing.js';
import { type LabelMap, readLabelMap } from './label-map.js';

/** A picture and the PNG that annotates it. */
export interface AnnotatedPicture {
  path: string;
  annotation: string;
}

/** Pictures whose every pixel has a class. */
export interface SegmentationSet {
  name: string;
  split: string;
  entries: readonly AnnotatedPicture[];
  /** In the order of the classes' numbers. */
  classNames: readonly string[];
  /**
   * The classes of a picture's pixels: 0..C-1, {@link IGNORED} where one does not count.
   *
   * @throws BenchmarkError for a file that cannot be read, and for a number that is no class
   */
  readClasses(entry: AnnotatedPicture): Promise<LabelMap>;
}

/** The class of pixels that do not count. */
export const IGNORED = 255;

/**
 * Makes a set of its parts.
 *
 * @param classOf the class of a number in the annotations; undefined where it is none
 * @param source what lists the entries, for errors
 * @throws BenchmarkError when there are no entries, or pictures or annotations that are not there
 */
export async function segmentationSet(
  { name, split, classNames }: Pick<SegmentationSet, 'name' | 'split' | 'classNames'>,
  entries: readonly AnnotatedPicture[],
  source: string,
  classOf: (value: number) => number | undefined,
): Promise<SegmentationSet> {
  await requireAnnotated(entries, source);
  const table = Int32Array.from({ length: 256 }, (_, value) => classOf(value) ?? -1);
  return {
    ...{ name, split, entries, classNames },
    async readClasses({ annotation }) {
      const { labels, ...size } = await readLabelMap(annotation);
      const classes = new Uint8Array(labels.length);
      for (const [i, value] of labels.entries()) {
        const own = table[value] ?? -1;
        if (own < 0)
          throw new BenchmarkError(annotation, `${value} is no class of ${name}, which has ${classNames.length}`);
        classes[i] = own;
      }
      return { ...size, labels: classes };
    },
  };
}

/**
 * Checks that pictures and what annotates them are there.
 *
 * @throws BenchmarkError when there are none, or some are not there
 */
export async function requireAnnotated(entries: readonly AnnotatedPicture[], source: string): Promise<void> {
  const listing = new FileListing();
  await separateMissing(entries, source, listing, undefined);
  const annotations = entries.map(({ annotation }) => ({ path: annotation }));
  await separateMissing(annotations, source, listing, undefined);
}

/**
 * The pictures below a folder with the PNGs of the same names below another, in the order of their paths.
 *
 * @throws BenchmarkError for a folder that cannot be read
 */
export async function picturesWithAnnotations(pictures: string, annotations: string): Promise<AnnotatedPicture[]> {
  return (await listFiles(pictures, IMAGE_EXTENSIONS, { recursive: false })).map((path) => {
    return { path, annotation: join(annotations, `${basename(path, extname(path))}.png`) };
  });
}
