import { extname, join } from 'node:path';
import { type Benchmark, type MissingFilesOptions, separateMissing } from '../benchmark.js';
import { BenchmarkError } from '../benchmark-error.js';
import { readClassFolders } from '../class-folders.js';
import { checkClassCount, labelLookup } from '../class-names.js';
import { readCsvTable } from '../comma-separated.js';
import { FileListing, firstExisting, VIDEO_EXTENSIONS } from '../file-listing.js';
import { readJson } from '../text-file.js';
import { videosByName } from './named-video.js';

/** Where a Kinetics set lies, and what of it is read. */
export interface KineticsOptions extends MissingFilesOptions {
  variant: 400 | 600 | 700;
  split: 'train' | 'val' | 'test';
  /** Folder searched for `annotations` and `videos` when those are not given. */
  root: string;
  /** The official csv or json of the split; null to take the labels from class folders. */
  annotations?: string | null | undefined;
  /** Folder of the split's videos, flat or with a folder per class. */
  videos?: string | undefined;
  /** In label order. Default: the annotated names, sorted. */
  classNames?: readonly string[] | undefined;
  /** Default: the variant. false takes any number of classes. */
  expectedClasses?: number | false | undefined;
}

/**
 * Reads Kinetics-400, -600 or -700: the official annotations (`label,youtube_id,time_start,time_end,split`, or the
 * json keyed by YouTube id) and videos named `{id}_{start}_{end}` (six digits, as the public crawlers write them) or
 * `{id}`, in one folder or in a folder per class. Without annotations the class folders give the labels.
 *
 * @throws BenchmarkError for missing files, malformed lines, unknown or missing classes
 */
export async function loadKinetics(options: KineticsOptions): Promise<Benchmark> {
  const { variant, split, root, expectedClasses = variant } = options;
  const name = `kinetics-${variant}`;
  const annotations = options.annotations === undefined ? await findAnnotations(root, split) : options.annotations;
  const videos = options.videos ?? (await findVideos(root, split));
  if (annotations === null) {
    const extensions = VIDEO_EXTENSIONS;
    const folders = await readClassFolders(videos, { name, split, extensions, folderNames: options.classNames });
    checkClassCount(videos, folders.classNames, expectedClasses);
    return folders;
  }
  const segments = await readSegments(annotations);
  const classNames = options.classNames ?? [...new Set(segments.map((segment) => segment.label))].sort();
  checkClassCount(annotations, classNames, expectedClasses);
  const labelOf = labelLookup(classNames);
  const pathOf = await videoLookup(videos);
  const all = segments.map((segment) => ({
    path: pathOf(segment),
    label: labelOf(segment.label, annotations, segment.line),
  }));
  return {
    name,
    split,
    ...(await separateMissing(all, annotations, new FileListing(), options)),
    classNames: [...classNames],
  };
}

/** One annotated segment of a YouTube video. */
interface Segment {
  id: string;
  label: string;
  /** Seconds. */
  start: number;
  end: number;
  line?: number;
}

async function readSegments(path: string): Promise<Segment[]> {
  const segments = extname(path).toLowerCase() === '.json' ? await readJsonSegments(path) : await readCsvSegments(path);
  if (segments.length === 0) throw new BenchmarkError(path, 'lists no videos');
  return segments;
}

async function readCsvSegments(path: string): Promise<Segment[]> {
  const table = await readCsvTable(path, ['label', 'youtube_id', 'time_start', 'time_end']);
  return table.rows.map(({ line, get }) => {
    const segment = {
      id: get('youtube_id'),
      label: get('label'),
      start: Number(get('time_start') || Number.NaN),
      end: Number(get('time_end') || Number.NaN),
      line,
    };
    checkSegment(path, segment);
    return segment;
  });
}

async function readJsonSegments(path: string): Promise<Segment[]> {
  const json = await readJson(path);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new BenchmarkError(path, 'expected a map from YouTube id to { annotations: { label, segment } }');
  }
  return Object.entries(json).map(([id, value]) => {
    const { label, segment } = (value as { annotations?: { label?: string; segment?: number[] } })?.annotations ?? {};
    const read = { id, label: label ?? '', start: Number(segment?.[0]), end: Number(segment?.[1]) };
    checkSegment(path, read);
    return read;
  });
}

function checkSegment(path: string, { id, label, start, end, line }: Segment): void {
  if (id === '') throw new BenchmarkError(path, 'the YouTube id is empty', line);
  if (label === '') throw new BenchmarkError(path, `video '${id}' has no label; use a split that is annotated`, line);
  if (!(start >= 0 && end > start)) {
    throw new BenchmarkError(path, `video '${id}' runs from ${start} to ${end}; expected seconds, the end later`, line);
  }
}

/** Finds a segment's file by its name, wherever below the folder it lies. */
async function videoLookup(folder: string): Promise<(segment: Segment) => string> {
  const files = await videosByName(folder);
  return ({ id, start, end }) => {
    const padded = `${id}_${sixDigits(start)}_${sixDigits(end)}`;
    const names = [padded, `${id}_${start}_${end}`, id];
    const found = names.map((name) => files.get(name)).find((path) => path !== undefined);
    return found ?? join(folder, `${padded}.mp4`);
  };
}

function sixDigits(seconds: number): string {
  return String(Math.trunc(seconds)).padStart(6, '0');
}

async function findAnnotations(root: string, split: string): Promise<string | null> {
  const names = split === 'val' ? ['val', 'validate', 'validation'] : [split];
  const places = ['annotations', ''].flatMap((folder) =>
    names.flatMap((name) =>
      [`${name}.csv`, `kinetics_${name}.csv`, `${name}.json`].map((file) => join(root, folder, file)),
    ),
  );
  return (await firstExisting(places)) ?? null;
}

async function findVideos(root: string, split: string): Promise<string> {
  const names = split === 'val' ? ['val', 'validate', 'validation'] : [split];
  const places = names
    .flatMap((name) => [name, `videos_${name}`, `videos/${name}`, `${name}_256`])
    .map((at) => join(root, at));
  const found = await firstExisting([...places, join(root, 'videos')]);
  if (found !== undefined) return found;
  throw new BenchmarkError(
    root,
    `holds no videos of split '${split}'; expected one of the folders ${places.join(', ')}`,
  );
}
