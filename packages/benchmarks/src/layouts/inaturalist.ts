import { join } from 'node:path';
import { type Benchmark, type MissingFilesOptions, separateMissing } from '../benchmark.js';
import { BenchmarkError } from '../benchmark-error.js';
import { readClassFolders } from '../class-folders.js';
import { checkClassCount } from '../class-names.js';
import { FileListing, firstExisting, listFolders } from '../file-listing.js';
import { readJson } from '../text-file.js';

/** Where iNaturalist 2021 lies, and what of it is read. */
export interface INaturalistOptions extends MissingFilesOptions {
  split: 'train' | 'val' | 'train_mini';
  /** Folder of `{split}/{class}/*.jpg` and of `{split}.json`. */
  root: string;
  /**
   * The official COCO-style json. Default: the class folders, whose sorted order (they begin with the category's
   * number) is the category's id; the training json is larger than JavaScript can read at once.
   */
  annotations?: string | undefined;
  /** Default 10,000. false takes any number. */
  expectedClasses?: number | false | undefined;
}

/**
 * Reads iNaturalist 2021 by its folders or its json.
 *
 * @throws BenchmarkError for missing files and for records that do not fit together
 */
export async function loadINaturalist(options: INaturalistOptions): Promise<Benchmark> {
  const { split, root, annotations, expectedClasses = 10_000 } = options;
  const benchmark =
    annotations === undefined ? await readFolders(root, split) : await readAnnotations(annotations, options);
  checkClassCount(annotations ?? root, benchmark.classNames, expectedClasses);
  return benchmark;
}

async function readFolders(root: string, split: string): Promise<Benchmark> {
  const complete = await firstExisting([join(root, 'train'), join(root, 'train_mini'), join(root, split)]);
  const folderNames = await listFolders(complete ?? join(root, split));
  return readClassFolders(join(root, split), { name: 'inaturalist-2021', split, folderNames });
}

interface CocoAnnotations {
  images: { id: number; file_name: string }[];
  annotations: { image_id: number; category_id: number }[];
  categories: { id: number; name: string }[];
}

async function readAnnotations(path: string, options: INaturalistOptions): Promise<Benchmark> {
  const { images, annotations, categories } = (await readJson(path)) as Partial<CocoAnnotations>;
  if (!Array.isArray(images) || !Array.isArray(annotations) || !Array.isArray(categories)) {
    throw new BenchmarkError(path, 'expected the lists images, annotations and categories');
  }
  const classNames: string[] = [];
  for (const { id, name } of categories) {
    if (!Number.isInteger(id) || id < 0 || id >= categories.length || classNames[id] !== undefined) {
      throw new BenchmarkError(path, `category id ${id} is repeated or outside 0..${categories.length - 1}`);
    }
    classNames[id] = name;
  }
  const labels = new Map(annotations.map(({ image_id, category_id }) => [image_id, category_id]));
  const all = images.map(({ id, file_name }) => {
    const label = labels.get(id);
    if (label === undefined || classNames[label] === undefined) {
      throw new BenchmarkError(
        path,
        `image ${id} (${file_name}) has category ${label}; expected 0..${classNames.length - 1}`,
      );
    }
    return { path: join(options.root, file_name), label };
  });
  const files = await separateMissing(all, path, new FileListing(), options);
  return { name: 'inaturalist-2021', split: options.split, ...files, classNames };
}
