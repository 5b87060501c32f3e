import { join } from 'node:path';
import { BenchmarkError } from '../benchmark-error.js';
import { firstExisting } from '../file-listing.js';
import { IGNORED, type SegmentationSet, segmentationSet } from '../segmentation-set.js';
import { readLines } from '../text-file.js';

/** Where PASCAL VOC lies, and what of it is read. */
export interface PascalVocOptions {
  /** 'train_aug': the 10,582 pictures of the Semantic Boundaries Dataset, where its annotations lie in `SegmentationClassAug`. */
  split: 'train' | 'val' | 'trainval' | 'train_aug';
  /** `VOC2012`, or the folder that holds `VOCdevkit/VOC2012` or `VOC2012`. */
  root: string;
}

/** In the order of the palette. */
const CLASS_NAMES = [
  ...['background', 'aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car', 'cat', 'chair', 'cow'],
  ...['diningtable', 'dog', 'horse', 'motorbike', 'person', 'pottedplant', 'sheep', 'sofa', 'train', 'tvmonitor'],
];

/**
 * Reads the segmentation of PASCAL VOC 2012: names in `ImageSets/Segmentation/{split}.txt` (`trainaug.txt` or
 * `train_aug.txt` for 'train_aug'), pictures in `JPEGImages`, palette PNGs in `SegmentationClass`, whose 255 does not count.
 *
 * @throws BenchmarkError for missing files
 */
export async function loadPascalVoc({ split, root }: PascalVocOptions): Promise<SegmentationSet> {
  const folder = (await firstExisting([join(root, 'VOCdevkit', 'VOC2012'), join(root, 'VOC2012')])) ?? root;
  const lists = join(folder, 'ImageSets', 'Segmentation');
  const augmented = split === 'train_aug';
  const names = augmented ? ['train_aug', 'trainaug'] : [split];
  const places = names.map((name) => join(lists, `${name}.txt`));
  const found = await firstExisting(places);
  if (augmented && found === undefined) {
    const problem =
      "the augmented list is not there; put it and SegmentationClassAug in place, or take the split 'train'";
    throw new BenchmarkError(places[1]!, problem, undefined, 'missing');
  }
  const list = found ?? places[0]!;
  const annotations = join(folder, augmented ? 'SegmentationClassAug' : 'SegmentationClass');
  const entries = (await readLines(list)).map(({ text }) => {
    // Lists that people made name both files; the stem is what they have in common.
    const name = stemOf(text);
    return { path: join(folder, 'JPEGImages', `${name}.jpg`), annotation: join(annotations, `${name}.png`) };
  });
  return segmentationSet({ name: 'pascal-voc', split, classNames: CLASS_NAMES }, entries, list, (value) => {
    return value === IGNORED || value < CLASS_NAMES.length ? value : undefined;
  });
}

/** `2007_000032`, also of `/JPEGImages/2007_000032.jpg /SegmentationClassAug/2007_000032.png`. */
function stemOf(line: string): string {
  const first = line.trim().split(/\s+/)[0]!;
  return first.slice(first.lastIndexOf('/') + 1).replace(/\.\w+$/, '');
}
