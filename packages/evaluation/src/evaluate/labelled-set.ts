import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Benchmark,
  type BenchmarkEntry,
  BenchmarkError,
  type BenchmarkName,
  type LoadBenchmarkOptions,
  listFolders,
  loadBenchmark,
  readClassFolders,
  readClassNames,
  readVideoIndex,
  type VideoIndex,
  type VideoIndexOptions,
} from '@vjepa/benchmarks';
import { InputError, option, Sentence, sentence } from '@vjepa/training';
import type { LabelledVideo } from '@vjepa/video';

/** Labelled files, in up to three splits. */
export type LabelledData = LabelledVideos | LabelledPictures;

interface LabelledFiles {
  /** Number of classes. */
  classes: number;
  /** File of the classes' names in label order: one a line, or JSON. */
  classNames?: string | undefined;
}

/** Labelled videos: lists, class folders or tar shards, as `readVideoIndex` reads them. */
export interface LabelledVideos extends LabelledFiles {
  kind?: 'video' | undefined;
  train: string;
  validation: string;
  /** A third set, looked at once, after training. */
  test?: string | undefined;
  /** The data set in whose own layout folders are read. Default: class folders. */
  layout?: VideoLayout | undefined;
}

/** Labelled pictures in a folder with `train` and `val`, each of class folders. */
export interface LabelledPictures extends LabelledFiles {
  kind: 'image';
  root: string;
  /** The data set in whose own layout the folder is read. Default: class folders. */
  layout?: PictureLayout | undefined;
}

/** Data sets of videos whose own layout is known. */
export type VideoLayout = Extract<
  BenchmarkName,
  'kinetics-400' | 'kinetics-600' | 'kinetics-700' | 'something-something-v2' | 'diving48' | 'jester' | 'coin'
>;
/** Data sets of pictures whose own layout is known. */
export type PictureLayout = Extract<BenchmarkName, 'imagenet-1k' | 'places205' | 'inaturalist-2021'>;

/** The parts of labelled data: what is trained on, what is validated on, and what is looked at once. */
export type SplitName = 'train' | 'validation' | 'test';

/** A labelled file; where something is foretold, the frames of what is. */
type LabelledEntry = BenchmarkEntry & Pick<LabelledVideo, 'action'>;

/** Labelled files of one split. */
export interface LabelledSet {
  /** The index file or folder it came from. */
  source: string;
  entries: LabelledEntry[];
  /** Listed but not on disk; they count as wrong. */
  missing: LabelledEntry[];
  /** In label order, where the layout has names. */
  classNames: string[] | undefined;
}

/**
 * Reads a split and checks it: files listed once and present, labels below `data.classes`. Videos come as lists, class
 * folders or tar shards, or in a benchmark's own layout.
 *
 * @param allowMissing files that may be absent
 * @throws BenchmarkError naming file and line, or the files that are missing; InputError where classes are not as told
 */
export async function readLabelledSet(data: LabelledData, split: SplitName, allowMissing = 0): Promise<LabelledSet> {
  const source = splitSource(data, split);
  if (source === undefined) throw new InputError({ problem: `there is no ${SHORT[split]} set` });
  if (data.kind === 'image') return readPictures(data, split, source, allowMissing);
  const { classes, layout } = data;
  if (layout !== undefined && statSync(source, { throwIfNoEntry: false })?.isDirectory()) {
    const named = { root: source, split: split === 'train' ? ('train' as const) : ('val' as const) };
    return { source, ...(await readLayout(layout, { ...named, allowMissing }, classes)) };
  }
  const known = await knownClassNames(data, split);
  const { entries, missing, classNames } = await readLabelled(source, {
    ...{ classes, allowMissing },
    ...(known === undefined ? {} : { classNames: known }),
  });
  if (classNames !== undefined && classNames.length !== classes) {
    throw otherNumberOfClasses(
      source,
      `${classNames.length} class folders`,
      classes,
      sentence`; correct it, or name all classes in ${NAMES}, in label order`,
    );
  }
  return { source, entries, missing, classNames };
}

const NAMES = option('data.classNames');

/** What the folders of a split are called. */
const SHORT = { train: 'train', validation: 'val', test: 'test' } as const satisfies Record<SplitName, string>;

function otherNumberOfClasses(source: string, found: string, classes: number, remedy: Sentence | string): InputError {
  const problem = sentence`has ${found}, ${option('data.classes')} is ${classes}${remedy}`;
  return new InputError({ subject: source, problem });
}

/** A data set in its own layout, which has all of the classes. */
async function readLayout(
  layout: VideoLayout | PictureLayout,
  options: Omit<LoadBenchmarkOptions, 'expectedClasses'>,
  classes: number,
): Promise<Benchmark> {
  const benchmark = await loadBenchmark(layout, { ...options, expectedClasses: false });
  const { length } = benchmark.classNames;
  if (length === classes) return benchmark;
  throw otherNumberOfClasses(options.root, `${length} classes`, classes, '; complete the one or correct the other');
}

/**
 * Names of the classes in label order: those that are named, else, so that a class that one split lacks shifts no
 * label, the training set's class folders.
 */
async function knownClassNames(
  { train, classNames, classes }: LabelledVideos,
  split: SplitName,
): Promise<string[] | undefined> {
  if (classNames !== undefined) return readClassNames(classNames, classes);
  if (split === 'train') return undefined;
  return statSync(train, { throwIfNoEntry: false })?.isDirectory() ? listFolders(train) : undefined;
}

/**
 * Names of the classes where there are some, else their number.
 *
 * @param set whose layout may name them
 */
export async function classesOf(
  { classNames, classes }: LabelledData,
  set: Pick<LabelledSet, 'classNames'>,
): Promise<readonly string[] | number> {
  if (classNames !== undefined) return readClassNames(classNames, classes);
  return set.classNames ?? classes;
}

/** Reads labelled videos; where names of classes are missing, the option that takes them is named. */
async function readLabelled(source: string, options: VideoIndexOptions): Promise<VideoIndex> {
  try {
    return await readVideoIndex(source, options);
  } catch (error) {
    if (!(error instanceof BenchmarkError) || !error.message.includes('names of the classes')) throw error;
    throw new InputError({ problem: sentence`${error.message}: ${NAMES} is a file of them`, cause: error });
  }
}

/** The number of classes of a labelled list or of class folders, whether the files are there or not. */
export async function countClasses(source: string): Promise<number> {
  const { entries, classNames } = await readLabelled(source, { checkFiles: false, duplicates: 'keep' });
  return classNames?.length ?? entries.reduce((most, { label }) => Math.max(most, label + 1), 0);
}

/**
 * Reads splits one after the other, so that of several bad ones the first is named.
 *
 * @throws BenchmarkError naming file and line, or the files that are missing
 */
export async function readLabelledSets(
  data: LabelledData,
  splits: readonly SplitName[],
  allowMissing: number,
): Promise<LabelledSet[]> {
  const sets: LabelledSet[] = [];
  for (const split of splits) sets.push(await readLabelledSet(data, split, allowMissing));
  return sets;
}

/** The splits there are. */
export function splitsOf(data: LabelledData): SplitName[] {
  return data.kind !== 'image' && data.test !== undefined ? ['train', 'validation', 'test'] : ['train', 'validation'];
}

async function readPictures(
  { root, layout, classes }: LabelledPictures,
  split: SplitName,
  source: string,
  allowMissing: number,
): Promise<LabelledSet> {
  if (layout !== undefined) {
    const read = { root, split: split === 'train' ? ('train' as const) : ('val' as const) };
    return { source, ...(await readLayout(layout, { ...read, allowMissing }, classes)) };
  }
  const { classNames: folderNames } = await readClassFolders(join(root, 'train'));
  if (folderNames.length !== classes) {
    throw otherNumberOfClasses(join(root, 'train'), `${folderNames.length} class folders`, classes, '');
  }
  return { source, ...(await readClassFolders(source, { split: SHORT[split], folderNames })) };
}

/** The list or folder of a split. */
function splitSource(data: LabelledData, split: SplitName): string | undefined {
  if (data.kind === 'image') return split === 'test' ? undefined : join(data.root, SHORT[split]);
  return data[split];
}

/**
 * Checks that what the settings name is there, before anything is read.
 *
 * @throws InputError listing every path that is missing, with the option that names it
 */
export function requireFiles(data: LabelledData, splits: readonly SplitName[], checkpoint?: string): void {
  const wanted: [string, string | undefined][] = splits.map((split) => [
    data.kind === 'image' ? 'data.root' : `data.${split}`,
    splitSource(data, split),
  ]);
  wanted.push(['checkpoint', checkpoint], ['data.classNames', data.classNames]);
  requirePaths(wanted);
}

/**
 * Checks that paths are there.
 *
 * @param wanted what names each, and the path; undefined where there is none
 * @throws InputError listing every one that is missing
 */
export function requirePaths(wanted: readonly (readonly [string, string | undefined])[]): void {
  const missing = wanted.filter(([, path]) => path !== undefined && !mayBeThere(path));
  if (missing.length === 0) return;
  const [is, it] = missing.length === 1 ? ['a path', 'is'] : [`${missing.length} paths`, 'are'];
  const paths = missing.flatMap(([name, path]) => ['\n  ', option(name), ': ', path]);
  const example = option(`${missing[0]![0]}: PATH`);
  throw new InputError({
    problem: Sentence.of([
      sentence`${is} that ${option('settings')} names ${it} missing:`,
      ...paths,
      sentence`\nPut the files there, or name yours, for example ${example}`,
    ]),
  });
}

/** Addresses and patterns are looked up when they are read. */
function mayBeThere(path: string): boolean {
  return existsSync(path) || /^[a-z]+:\/\/|^~\/|[*?[{]/i.test(path);
}
