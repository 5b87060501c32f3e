import { join } from 'node:path';
import { BenchmarkError } from '../benchmark-error.js';
import { checkClassCount } from '../class-names.js';
import { firstExisting } from '../file-listing.js';
import { IGNORED, picturesWithAnnotations, type SegmentationSet, segmentationSet } from '../segmentation-set.js';
import { readLines } from '../text-file.js';

/** Where ADE20K lies, and what of it is read. */
export interface Ade20kOptions {
  split: 'train' | 'val';
  /** `ADEChallengeData2016`, or the folder it lies in. */
  root: string;
}

const CLASSES = 150;

/**
 * Reads ADE20K as the scene parsing challenge of 2016 gives it out: `images/{training,validation}/*.jpg`,
 * `annotations/{training,validation}/*.png`, whose 1 to 150 are the classes and whose 0 does not count. Names are those of
 * `objectInfo150.txt` (the last column), where it is there.
 *
 * @throws BenchmarkError for missing files, and a list of names of another length
 */
export async function loadAde20k({ split, root }: Ade20kOptions): Promise<SegmentationSet> {
  const folder = (await firstExisting([join(root, 'ADEChallengeData2016')])) ?? root;
  const part = split === 'train' ? 'training' : 'validation';
  const pictures = join(folder, 'images', part);
  const entries = await picturesWithAnnotations(pictures, join(folder, 'annotations', part));
  const set = { name: 'ade20k', split, classNames: await classNamesOf(folder) };
  return segmentationSet(set, entries, pictures, (value) => {
    if (value === 0) return IGNORED;
    return value <= CLASSES ? value - 1 : undefined;
  });
}

/** Columns of the official list: Idx, Ratio, Train, Val, Name (or Stuff and Name), with a line of these first. */
async function classNamesOf(folder: string): Promise<string[]> {
  const list = await firstExisting([join(folder, 'objectInfo150.txt')]);
  if (list === undefined) return Array.from({ length: CLASSES }, (_, i) => String(i + 1));
  const names = (await readLines(list))
    .filter(({ number }) => number > 1)
    .map(({ text, number }, i) => {
      const [index, ...columns] = text.split('\t').map((column) => column.trim());
      if (index === String(i + 1) && columns.length > 0) return columns.at(-1)!;
      throw new BenchmarkError(list, `'${text}' is not the line of class ${i + 1}, columns set apart by tabs`, number);
    });
  checkClassCount(list, names, CLASSES);
  return names;
}
