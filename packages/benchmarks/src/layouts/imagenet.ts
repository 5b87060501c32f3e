import { join } from 'node:path';
import { type Benchmark, type MissingFilesOptions, separateMissing } from '../benchmark.js';
import { BenchmarkError } from '../benchmark-error.js';
import { readClassFolders } from '../class-folders.js';
import { checkClassCount, labelLookup } from '../class-names.js';
import { readCsvTable } from '../comma-separated.js';
import { FileListing, firstExisting, listFolders } from '../file-listing.js';
import { readLines } from '../text-file.js';

/** Where ImageNet-1K lies, and what of it is read. */
export interface ImageNetOptions extends MissingFilesOptions {
  split: 'train' | 'val';
  /** Folder of `train/` and `val/`, or of the whole `ILSVRC` tree. */
  root: string;
  /** Default 1000. false takes any number. */
  expectedClasses?: number | false | undefined;
}

/**
 * Reads ImageNet-1K: `train/{wnid}/*.JPEG` and `val/{wnid}/*.JPEG` (labels are the sorted folder names), or the
 * challenge's own tree, whose validation images lie in one folder beside `LOC_val_solution.csv`. Class names come
 * from `LOC_synset_mapping.txt` where that is there, else they are the folder names.
 *
 * @throws BenchmarkError for missing folders, classes or images
 */
export async function loadImageNet(options: ImageNetOptions): Promise<Benchmark> {
  const { split, root, expectedClasses = 1000 } = options;
  const images =
    (await firstExisting([join(root, 'Data', 'CLS-LOC'), join(root, 'ILSVRC', 'Data', 'CLS-LOC')])) ?? root;
  const folder = join(images, split);
  const train = join(images, 'train');
  const folderNames = await listFolders((await firstExisting([train])) ?? folder);
  const solution = split === 'val' ? await firstExisting(solutionPlaces(root)) : undefined;
  const flat = solution !== undefined && (await listFolders(folder)).length === 0;
  const benchmark = flat
    ? await readSolution(solution, folder, folderNames, options)
    : await readClassFolders(folder, { name: 'imagenet-1k', split, folderNames });
  checkClassCount(images, benchmark.classNames, expectedClasses);
  return { ...benchmark, classNames: await readableNames(root, benchmark.classNames) };
}

function solutionPlaces(root: string): string[] {
  return [join(root, 'LOC_val_solution.csv'), join(root, '..', 'LOC_val_solution.csv')];
}

/** `ImageId,PredictionString` with one or more `wnid x1 y1 x2 y2` groups of the same class. */
async function readSolution(
  path: string,
  folder: string,
  folderNames: string[],
  options: ImageNetOptions,
): Promise<Benchmark> {
  const table = await readCsvTable(path, ['imageid', 'predictionstring']);
  const images = table.rows.map(({ line, get }) => ({
    path: join(folder, `${get('imageid')}.JPEG`),
    wnid: get('predictionstring').split(' ')[0]!,
    line,
  }));
  const classNames = folderNames.length > 0 ? folderNames : [...new Set(images.map(({ wnid }) => wnid))].sort();
  const labelOf = labelLookup(classNames);
  const all = images.map((image) => ({ path: image.path, label: labelOf(image.wnid, path, image.line) }));
  const files = await separateMissing(all, path, new FileListing(), options);
  return { name: 'imagenet-1k', split: 'val', ...files, classNames };
}

async function readableNames(root: string, wnids: readonly string[]): Promise<string[]> {
  const path = await firstExisting([join(root, 'LOC_synset_mapping.txt'), join(root, '..', 'LOC_synset_mapping.txt')]);
  if (path === undefined) return [...wnids];
  const names = new Map<string, string>();
  for (const { text, number } of await readLines(path)) {
    const [, wnid, name] = /^(n\d{8}) (.+)$/.exec(text) ?? [];
    if (wnid === undefined) throw new BenchmarkError(path, `'${text}' is not 'wnid name'`, number);
    names.set(wnid, `${wnid} ${name}`);
  }
  return wnids.map((wnid) => names.get(wnid) ?? wnid);
}
