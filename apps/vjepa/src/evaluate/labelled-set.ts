import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BenchmarkEntry,
  BenchmarkError,
  type BenchmarkName,
  listFolders,
  loadBenchmark,
  PROTOCOLS,
  readClassFolders,
  readClassNames,
  readVideoIndex,
  type VideoIndex,
  type VideoIndexOptions,
} from '@vjepa/benchmarks';
import { CommandError } from '../command-error.js';
import type { EvaluationConfig, ImageEvaluationConfig } from '../config/evaluation-config.js';
import type { FineTuningConfig } from '../config/fine-tuning-config.js';

/** A config that names labelled files. */
export type LabelledConfig = EvaluationConfig | FineTuningConfig;

export type SplitName = 'train' | 'val' | 'test';

/** Labelled files of one split. */
export interface LabelledSet {
  /** The index file or folder it came from. */
  source: string;
  entries: BenchmarkEntry[];
  /** Listed but not on disk; they count as wrong. */
  missing: BenchmarkEntry[];
  /** In label order, where the layout has names. */
  classNames: string[] | undefined;
}

/** The image datasets that the reference knows, by its names in lower case. */
const imageBenchmarks: Record<string, 'imagenet-1k' | 'places205' | 'inaturalist-2021'> = {
  imagenet: 'imagenet-1k',
  places205: 'places205',
  inat21: 'inaturalist-2021',
};

/**
 * Reads a split of the config's dataset and checks it: files listed once and present, labels below
 * `data.num_classes`. Videos come as lists, class folders or tar shards, or in a benchmark's own layout.
 *
 * @param allowMissing files that may be absent
 * @throws BenchmarkError naming file and line, or the files that are missing
 */
export async function readLabelledSet(
  config: LabelledConfig,
  split: SplitName,
  allowMissing: number,
): Promise<LabelledSet> {
  const source = splitSource(config, split);
  if (source === undefined) throw new CommandError(`the config names no ${split} set`);
  if (config.eval_name === 'image_classification_frozen') return readImages(config, split, source, allowMissing);
  const classes = config.data.num_classes;
  if (isBenchmark(config.data.dataset_type) && statSync(source, { throwIfNoEntry: false })?.isDirectory()) {
    const named = { root: source, split: split === 'train' ? ('train' as const) : ('val' as const) };
    return {
      source,
      ...(await loadBenchmark(config.data.dataset_type, { ...named, expectedClasses: classes, allowMissing })),
    };
  }
  const known = await knownClassNames(config, split);
  const { entries, missing, classNames } = await readLabelled(source, {
    ...{ classes, allowMissing },
    ...(known === undefined ? {} : { classNames: known }),
  });
  if (classNames !== undefined && classNames.length !== classes) {
    throw new CommandError(
      `${source}: has ${classNames.length} class folders, data.num_classes is ${classes}; correct it, or name all ` +
        'classes in data.class_names, in label order',
    );
  }
  return { source, entries, missing, classNames };
}

/**
 * Names of the classes in label order: those the config names, else, so that a class that one split lacks shifts no
 * label, the training set's class folders.
 */
async function knownClassNames(
  { data }: Exclude<LabelledConfig, ImageEvaluationConfig>,
  split: SplitName,
): Promise<string[] | undefined> {
  if (data.class_names !== null) return readClassNames(data.class_names, data.num_classes);
  if (split === 'train') return undefined;
  const isFolder = statSync(data.dataset_train, { throwIfNoEntry: false })?.isDirectory();
  return isFolder ? listFolders(data.dataset_train) : undefined;
}

/** Reads labelled videos; where names of classes are missing, the key that takes them is named. */
async function readLabelled(source: string, options: VideoIndexOptions): Promise<VideoIndex> {
  try {
    return await readVideoIndex(source, options);
  } catch (error) {
    if (!(error instanceof BenchmarkError) || !error.message.includes('names of the classes')) throw error;
    throw new CommandError(`${error.message}: data.class_names is a file of them`, { cause: error });
  }
}

/** The number of classes of a labelled list or of class folders, whether the files are there or not. */
export async function countClasses(source: string): Promise<number> {
  const { entries, classNames } = await readLabelled(source, { checkFiles: false, duplicates: 'keep' });
  return classNames?.length ?? entries.reduce((most, { label }) => Math.max(most, label + 1), 0);
}

/**
 * Reads the splits of a config one after the other, so that of several bad ones the first is named.
 *
 * @throws BenchmarkError naming file and line, or the files that are missing
 */
export async function readLabelledSets(
  config: LabelledConfig,
  splits: readonly SplitName[],
  allowMissing: number,
): Promise<LabelledSet[]> {
  const sets: LabelledSet[] = [];
  for (const split of splits) sets.push(await readLabelledSet(config, split, allowMissing));
  return sets;
}

async function readImages(
  { data }: ImageEvaluationConfig,
  split: SplitName,
  source: string,
  allowMissing: number,
): Promise<LabelledSet> {
  const root = join(data.root_path, data.image_folder);
  const name = imageBenchmarks[data.dataset_name.toLowerCase()];
  if (name !== undefined) {
    const read = { root, split: split === 'train' ? ('train' as const) : ('val' as const) };
    return { source, ...(await loadBenchmark(name, { ...read, expectedClasses: data.num_classes, allowMissing })) };
  }
  const { classNames: folderNames } = await readClassFolders(join(root, 'train'));
  if (folderNames.length !== data.num_classes) {
    throw new CommandError(
      `${join(root, 'train')}: has ${folderNames.length} class folders, data.num_classes is ${data.num_classes}`,
    );
  }
  return { source, ...(await readClassFolders(source, { split, folderNames })) };
}

/** The index file or folder that the config names for a split. */
export function splitSource(config: LabelledConfig, split: SplitName): string | undefined {
  if (config.eval_name === 'image_classification_frozen') {
    return split === 'test' ? undefined : join(config.data.root_path, config.data.image_folder, split);
  }
  const { dataset_train, dataset_val, dataset_test } = config.data;
  return { train: dataset_train, val: dataset_val, test: dataset_test ?? undefined }[split];
}

/**
 * Checks that what the config names is there, before anything is read.
 *
 * @throws CommandError listing every path that is missing, with the key that names it
 */
export function requireFiles(config: LabelledConfig, splits: readonly SplitName[], checkpoint?: string): void {
  const wanted: [string, string | undefined][] = splits.map((split) => [
    keyOf(config, split),
    splitSource(config, split),
  ]);
  if (checkpoint !== undefined) wanted.push(['pretrain.folder, pretrain.checkpoint', checkpoint]);
  if (config.data.class_names !== null) wanted.push(['data.class_names', config.data.class_names]);
  const missing = wanted.flatMap(([key, path]) => (path === undefined || mayBeThere(path) ? [] : [`${key}: ${path}`]));
  if (missing.length === 0) return;
  const [is, it] = missing.length === 1 ? ['a path', 'is'] : [`${missing.length} paths`, 'are'];
  throw new CommandError(
    `${is} that the config names ${it} missing:\n  ${missing.join('\n  ')}\n` +
      `Put the files there, or name yours, for example --set ${missing[0]!.split(/[,:]/)[0]}=PATH`,
  );
}

/** Addresses and patterns are looked up when they are read. */
function mayBeThere(path: string): boolean {
  return existsSync(path) || /^[a-z]+:\/\/|^~\/|[*?[{]/i.test(path);
}

function keyOf(config: LabelledConfig, split: SplitName): string {
  return config.eval_name === 'image_classification_frozen'
    ? 'data.root_path, data.image_folder'
    : `data.dataset_${split}`;
}

function isBenchmark(name: string): name is Exclude<BenchmarkName, 'ava-2.2'> {
  return name in PROTOCOLS && name !== 'ava-2.2';
}
