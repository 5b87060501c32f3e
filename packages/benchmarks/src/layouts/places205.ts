import { dirname, join } from 'node:path';
import { type Benchmark, type MissingFilesOptions, separateMissing } from '../benchmark.js';
import { BenchmarkError } from '../benchmark-error.js';
import { readClassFolders } from '../class-folders.js';
import { checkClassCount } from '../class-names.js';
import { FileListing, firstExisting, listFolders } from '../file-listing.js';
import { readListFile } from '../list-file.js';

/** Where Places205 lies, and what of it is read. */
export interface Places205Options extends MissingFilesOptions {
  split: 'train' | 'val';
  /** Folder searched for what is not given. */
  root: string;
  /** `train_places205.csv` or `val_places205.csv`; null to take the labels from `{split}/{class}` folders. */
  annotations?: string | null | undefined;
  /** Folder the listed paths (`a/abbey/….jpg`) start from. */
  images?: string | undefined;
  /** Default 205. false takes any number. */
  expectedClasses?: number | false | undefined;
}

/**
 * Reads Places205: the official lists (`a/abbey/….jpg 0`, separated by a space), or class folders. The class name is
 * the folder of a class's images.
 *
 * @throws BenchmarkError for missing files, malformed lines, labels out of range and labels with two folders
 */
export async function loadPlaces205(options: Places205Options): Promise<Benchmark> {
  const { split, root, expectedClasses = 205 } = options;
  const annotations = options.annotations === undefined ? await findList(root, split) : options.annotations;
  if (annotations === null) {
    const folderNames = await listFolders((await firstExisting([join(root, 'train')])) ?? join(root, split));
    checkClassCount(root, folderNames, expectedClasses);
    return readClassFolders(join(root, split), { name: 'places205', split, folderNames });
  }
  const listed = await readList(annotations);
  const classNames = classNamesOf(annotations, listed);
  checkClassCount(annotations, classNames, expectedClasses);
  const images = options.images ?? (await findImages(root));
  const all = listed.map(({ path, label }) => ({ path: join(images, path), label }));
  const files = await separateMissing(all, annotations, new FileListing(), options);
  return { name: 'places205', split, ...files, classNames };
}

interface ListedImage {
  path: string;
  label: number;
  line: number;
}

async function readList(list: string): Promise<ListedImage[]> {
  return (await readListFile(list, dirname(list))).map(({ path, label, line, text }) => {
    if (label === undefined) throw new BenchmarkError(list, `'${text}' is not 'path label'`, line);
    return { path, label, line };
  });
}

/** The folder of each label's images, which must be one. */
function classNamesOf(path: string, listed: readonly ListedImage[]): string[] {
  const names = new Map<number, string>();
  for (const image of listed) {
    const folder = dirname(image.path);
    const known = names.get(image.label);
    if (known !== undefined && known !== folder) {
      throw new BenchmarkError(path, `label ${image.label} is both '${known}' and '${folder}'`, image.line);
    }
    names.set(image.label, folder);
  }
  return Array.from({ length: names.size }, (_, label) => {
    const name = names.get(label);
    if (name === undefined) {
      throw new BenchmarkError(path, `no image has label ${label}, though labels reach ${Math.max(...names.keys())}`);
    }
    return name;
  });
}

async function findList(root: string, split: string): Promise<string | null> {
  const file = `${split}_places205.csv`;
  const folders = ['', 'trainvalsplit_places205', 'trainvalsplit'];
  return (await firstExisting(folders.map((folder) => join(root, folder, file)))) ?? null;
}

async function findImages(root: string): Promise<string> {
  const places = ['data/vision/torralba/deeplearning/images256', 'images256', 'images'].map((at) => join(root, at));
  return (await firstExisting(places)) ?? root;
}
