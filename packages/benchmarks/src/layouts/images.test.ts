import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readClassFolders } from '../class-folders.js';
import { loadBenchmark } from '../load-benchmark.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { loadImageNet } from './imagenet.js';
import { loadINaturalist } from './inaturalist.js';
import { loadPlaces205 } from './places205.js';

const folder = temporaryFolder();

function short(entries: { path: string; label: number }[]) {
  return entries.map(({ path, label }) => [relative(folder.path(), path), label]);
}

describe('readClassFolders', () => {
  it('labels by sorted folder name and reads folders below', async () => {
    await folder.write({
      'b/2.png': '',
      'b/deep/1.JPG': '',
      'B/3.jpeg': '',
      'a/notes.txt': '',
      'a/4.webp': '',
      '.hidden/5.jpg': '',
    });
    const { entries, classNames } = await readClassFolders(folder.path());
    expect(classNames).toEqual(['B', 'a', 'b']);
    expect(short(entries)).toEqual([
      ['B/3.jpeg', 0],
      ['a/4.webp', 1],
      ['b/2.png', 2],
      ['b/deep/1.JPG', 2],
    ]);
    await expect(readClassFolders(folder.path(), { folderNames: ['B', 'a'] })).rejects.toThrow(
      'b: is not one of the 2 class folders expected',
    );
    await expect(readClassFolders(folder.path('no'))).rejects.toThrow('the folder does not exist; check the path');
    await expect(readClassFolders(folder.path('a'))).rejects.toThrow('holds no class folders');
  });
});

describe('loadImageNet', () => {
  it('takes the classes of the training folders, so that a missing validation folder shifts nothing', async () => {
    await folder.write({
      'train/n01/1.JPEG': '',
      'train/n02/2.JPEG': '',
      'train/n03/3.JPEG': '',
      'val/n03/4.JPEG': '',
    });
    const { entries } = await loadImageNet({ root: folder.path(), split: 'val', expectedClasses: 3 });
    expect(short(entries)).toEqual([['val/n03/4.JPEG', 2]]);
    await expect(loadBenchmark('imagenet-1k', { root: folder.path(), split: 'val' })).rejects.toThrow(
      'has 3 classes, expected 1000',
    );
  });

  it("reads the challenge's own tree", async () => {
    await folder.write({
      'ILSVRC/Data/CLS-LOC/train/n00000001/1.JPEG': '',
      'ILSVRC/Data/CLS-LOC/train/n00000002/2.JPEG': '',
      'ILSVRC/Data/CLS-LOC/val/ILSVRC2012_val_00000001.JPEG': '',
      'LOC_val_solution.csv': [
        'ImageId,PredictionString',
        'ILSVRC2012_val_00000001,n00000002 1 2 3 4 n00000002 5 6 7 8 ',
      ],
      'LOC_synset_mapping.txt': ['n00000001 tench, Tinca tinca', 'n00000002 goldfish'],
    });
    const { entries, classNames } = await loadImageNet({ root: folder.path(), split: 'val', expectedClasses: 2 });
    expect(classNames).toEqual(['n00000001 tench, Tinca tinca', 'n00000002 goldfish']);
    expect(short(entries)).toEqual([['ILSVRC/Data/CLS-LOC/val/ILSVRC2012_val_00000001.JPEG', 1]]);
  });
});

describe('loadPlaces205', () => {
  const load = (more: object = {}) => loadPlaces205({ root: folder.path(), split: 'val', expectedClasses: 2, ...more });

  it('reads the official lists', async () => {
    await folder.write({
      'trainvalsplit_places205/val_places205.csv': ['b/beach/2.jpg 1', 'a/abbey/1.jpg 0'],
      'data/vision/torralba/deeplearning/images256/a/abbey/1.jpg': '',
      'data/vision/torralba/deeplearning/images256/b/beach/2.jpg': '',
    });
    const { entries, classNames } = await load();
    expect(classNames).toEqual(['a/abbey', 'b/beach']);
    expect(entries.map(({ label }) => label)).toEqual([1, 0]);
  });

  it('reads class folders, and names wrong lines', async () => {
    await folder.write({ 'train/x/1.jpg': '', 'train/y/2.jpg': '', 'val/y/3.jpg': '' });
    expect(short((await load()).entries)).toEqual([['val/y/3.jpg', 1]]);
    await folder.write({ 'val_places205.csv': ['a/abbey/1.jpg 0', 'b/beach/2.jpg 0'] });
    await expect(load()).rejects.toThrow("val_places205.csv:2: label 0 is both 'a/abbey' and 'b/beach'");
    await folder.write({ 'val_places205.csv': ['a/abbey/1.jpg 0', 'b/beach/2.jpg 2'] });
    await expect(load()).rejects.toThrow('no image has label 1, though labels reach 2');
    await folder.write({ 'val_places205.csv': ['a/abbey/1.jpg'] });
    await expect(load()).rejects.toThrow("val_places205.csv:1: 'a/abbey/1.jpg' is not 'path label'");
  });
});

describe('loadINaturalist', () => {
  const load = (more: object = {}) =>
    loadINaturalist({ root: folder.path(), split: 'val', expectedClasses: 2, ...more });

  it('reads folders and json alike', async () => {
    await folder.write({
      'val/00000_Animalia_x/1.jpg': '',
      'val/00001_Plantae_y/2.jpg': '',
      'val.json': {
        images: [
          { id: 11, file_name: 'val/00000_Animalia_x/1.jpg' },
          { id: 12, file_name: 'val/00001_Plantae_y/2.jpg' },
        ],
        annotations: [
          { image_id: 12, category_id: 1 },
          { image_id: 11, category_id: 0 },
        ],
        categories: [
          { id: 1, name: 'Quercus robur' },
          { id: 0, name: 'Vulpes vulpes' },
        ],
      },
    });
    const folders = await load();
    const json = await load({ annotations: folder.path('val.json') });
    expect(json.entries).toEqual(folders.entries);
    expect(folders.classNames).toEqual(['00000_Animalia_x', '00001_Plantae_y']);
    expect(json.classNames).toEqual(['Vulpes vulpes', 'Quercus robur']);
  });

  it('refuses records that do not fit together', async () => {
    const images = [{ id: 1, file_name: 'val/a/1.jpg' }];
    const annotations = folder.path('val.json');
    await folder.write({ 'val.json': { images, annotations: [], categories: [{ id: 0, name: 'a' }] } });
    await expect(load({ annotations })).rejects.toThrow('image 1 (val/a/1.jpg) has category undefined; expected 0..0');
    await folder.write({ 'val.json': { images } });
    await expect(load({ annotations })).rejects.toThrow('expected the lists images, annotations and categories');
  });
});
