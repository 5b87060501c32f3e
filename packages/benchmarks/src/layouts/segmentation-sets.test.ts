import { relative } from 'node:path';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { palettePng } from '../palette-png.fixture.js';
import type { AnnotatedPicture } from '../segmentation-set.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { loadAde20k } from './ade20k.js';
import { loadPascalVoc } from './pascal-voc.js';
import { loadSegmentationFolder } from './segmentation-folder.js';

const folder = temporaryFolder();

function short(entries: readonly AnnotatedPicture[]) {
  return entries.map(({ path, annotation }) =>
    [path, annotation].map((file) => relative(folder.path(), file)).join(' '),
  );
}

const classNames = (count: number) => Array.from({ length: count }, (_, i) => `class ${i}`);

function grey(...values: number[]): Uint8Array {
  return encode({ width: values.length, height: 1, data: Uint8Array.from(values), channels: 1 });
}

describe('loadAde20k', () => {
  const names = Array.from({ length: 150 }, (_, i) => `${i + 1}\t0.1\t1\t1\tthing ${i + 1}`);

  it('has 0 for what does not count, and classes from 1 on', async () => {
    await folder.write({
      'ADEChallengeData2016/images/validation/ADE_val_00000002.jpg': '',
      'ADEChallengeData2016/images/validation/ADE_val_00000001.jpg': '',
      'ADEChallengeData2016/annotations/validation/ADE_val_00000001.png': grey(0, 1, 150, 7),
      'ADEChallengeData2016/annotations/validation/ADE_val_00000002.png': grey(151),
      'ADEChallengeData2016/objectInfo150.txt': ['Idx\tRatio\tTrain\tVal\tName', ...names],
    });
    const set = await loadAde20k({ root: folder.path(), split: 'val' });
    expect([set.classNames.length, set.classNames[0], set.classNames[149]]).toEqual([150, 'thing 1', 'thing 150']);
    expect(short(set.entries)[0]).toBe(
      'ADEChallengeData2016/images/validation/ADE_val_00000001.jpg ADEChallengeData2016/annotations/validation/ADE_val_00000001.png',
    );
    expect(await set.readClasses(set.entries[0]!)).toEqual({
      ...{ height: 1, width: 4 },
      labels: Uint8Array.of(255, 0, 149, 6),
    });
    await expect(set.readClasses(set.entries[1]!)).rejects.toThrow('151 is no class of ade20k, which has 150');
  });

  it('says which annotations are missing, and which line of names is wrong', async () => {
    await folder.write({ 'images/training/a.jpg': '', 'annotations/training/b.png': '' });
    await expect(loadAde20k({ root: folder.path(), split: 'train' })).rejects.toThrow(
      /1 of 1 files are missing; put them in place:\n.*a\.png$/,
    );
    await folder.write({ 'objectInfo150.txt': ['Idx Ratio Train Val Name', '1 0.1 1 1 wall'] });
    await expect(loadAde20k({ root: folder.path(), split: 'train' })).rejects.toThrow('objectInfo150.txt:2:');
  });
});

describe('loadPascalVoc', () => {
  it('reads lists of names, palettes, and 255 for what does not count', async () => {
    await folder.write({
      'VOCdevkit/VOC2012/ImageSets/Segmentation/val.txt': ['2007_000033', '2007_000042'],
      'VOCdevkit/VOC2012/JPEGImages/2007_000033.jpg': '',
      'VOCdevkit/VOC2012/JPEGImages/2007_000042.jpg': '',
      'VOCdevkit/VOC2012/SegmentationClass/2007_000033.png': palettePng(4, [0, 20, 255, 1]),
      'VOCdevkit/VOC2012/SegmentationClass/2007_000042.png': palettePng(1, [21]),
    });
    const set = await loadPascalVoc({ root: folder.path(), split: 'val' });
    expect([set.classNames.length, set.classNames[20]]).toEqual([21, 'tvmonitor']);
    expect(short(set.entries)).toHaveLength(2);
    expect([...(await set.readClasses(set.entries[0]!)).labels]).toEqual([0, 20, 255, 1]);
    await expect(set.readClasses(set.entries[1]!)).rejects.toThrow('21 is no class of pascal-voc');
    await expect(loadPascalVoc({ root: folder.path(), split: 'train' })).rejects.toThrow('train.txt');
  });

  it('says what helps where there is no augmented list', async () => {
    await folder.write({ 'ImageSets/Segmentation/train.txt': ['2007_000033'] });
    await expect(loadPascalVoc({ root: folder.path(), split: 'train_aug' })).rejects.toThrow(
      /trainaug\.txt: the augmented list is not there; .* or take the split 'train'$/,
    );
  });

  it('reads the augmented list with its two paths a line', async () => {
    await folder.write({
      'ImageSets/Segmentation/trainaug.txt': ['/JPEGImages/2008_000008.jpg /SegmentationClassAug/2008_000008.png'],
      'JPEGImages/2008_000008.jpg': '',
      'SegmentationClassAug/2008_000008.png': palettePng(1, [13]),
    });
    const set = await loadPascalVoc({ root: folder.path(), split: 'train_aug' });
    expect(short(set.entries)).toEqual(['JPEGImages/2008_000008.jpg SegmentationClassAug/2008_000008.png']);
  });
});

describe('loadSegmentationFolder', () => {
  it('reads pictures of one’s own, split or not', async () => {
    await folder.write({
      'images/a.png': '',
      'annotations/a.png': grey(0, 2, 255, 1),
      'classes.txt': ['sky', 'sea', 'sand'],
    });
    const set = await loadSegmentationFolder({ root: folder.path() });
    expect(short(set.entries)).toEqual(['images/a.png annotations/a.png']);
    expect([...(await set.readClasses(set.entries[0]!)).labels]).toEqual([0, 2, 255, 1]);
    await folder.write({ 'images/val/b.jpg': '', 'annotations/val/b.png': grey(3) });
    const val = await loadSegmentationFolder({ root: folder.path(), split: 'val' });
    expect(short(val.entries)).toEqual(['images/val/b.jpg annotations/val/b.png']);
    await expect(val.readClasses(val.entries[0]!)).rejects.toThrow('3 is no class of folder, which has 3');
  });

  it.each([0, 256])('refuses %i classes, which no pixel can be', async (count) => {
    await folder.write({ 'images/a.png': '', 'annotations/a.png': grey(0), 'classes.txt': classNames(count) });
    await expect(loadSegmentationFolder({ root: folder.path() })).rejects.toThrow(
      `classes.txt: names ${count} classes, expected 1 to 255: a pixel has 8 bits`,
    );
  });
});
