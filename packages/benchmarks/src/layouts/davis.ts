import { basename, extname, join } from 'node:path';
import { BenchmarkError, shown } from '../benchmark-error.js';
import { firstExisting, IMAGE_EXTENSIONS, listFiles } from '../file-listing.js';
import { type LabelMap, readLabelMap } from '../label-map.js';
import { readLines } from '../text-file.js';

/** Where DAVIS 2017 lies, and what of it is read. */
export interface DavisOptions {
  /** The list in `ImageSets/2017`. Default 'val', on which results are published. */
  split?: string | undefined;
  /** `DAVIS`, or the folder it lies in. */
  root: string;
  /** Folder of the resolution. Default `480p`. */
  resolution?: string | undefined;
}

/** A video whose objects are annotated. */
export interface DavisVideo {
  /** Of its folder. */
  name: string;
  /** Its frames in their order. */
  frames: readonly string[];
  /** A PNG for each frame; of test splits of the first frame alone. */
  annotations: readonly string[];
}

/** Videos whose objects are annotated frame by frame. */
export interface VideoObjectSet {
  name: string;
  split: string;
  videos: readonly DavisVideo[];
  /** Number of the object at each pixel, 0 the background. @throws BenchmarkError for a file that cannot be read, and for 16 bits */
  readObjects(annotation: string): Promise<LabelMap>;
}

/**
 * Reads DAVIS 2017: names in `ImageSets/2017/{split}.txt`, `JPEGImages/480p/{name}/00000.jpg …`, palette PNGs
 * `Annotations/480p/{name}/00000.png …`.
 *
 * @throws BenchmarkError for missing files, names that are no folder's or stand twice, and videos of which neither the first nor
 *   all frames are annotated
 */
export async function loadDavis({ split = 'val', root, resolution = '480p' }: DavisOptions): Promise<VideoObjectSet> {
  const folder = (await firstExisting([join(root, 'DAVIS')])) ?? root;
  const list = join(folder, 'ImageSets', '2017', `${split}.txt`);
  const videos: DavisVideo[] = [];
  for (const { text, number } of await readLines(list)) {
    const name = text.trim();
    if (!isFolderName(name))
      throw new BenchmarkError(list, `${shown(text)} is not the name of a video's folder`, number);
    if (videos.some((video) => video.name === name)) throw new BenchmarkError(list, `${name} is listed twice`, number);
    const frames = await listFiles(join(folder, 'JPEGImages', resolution, name), IMAGE_EXTENSIONS, {
      recursive: false,
    });
    const annotated = join(folder, 'Annotations', resolution, name);
    const annotations = await listFiles(annotated, PNG, { recursive: false });
    if (frames.length === 0) throw new BenchmarkError(list, `${name} has no frames`, number);
    const other = annotations.findIndex((path, i) => stem(path) !== stem(frames[i] ?? ''));
    if (annotations.length === 0 || other >= 0) {
      const found = other < 0 ? 'none' : basename(annotations[other]!);
      const expected = `annotations of the first ${annotations.length === 0 ? 'frame' : 'frames'}`;
      throw new BenchmarkError(annotated, `expected ${expected} of ${name}, by the frames' names; found ${found}`);
    }
    if (annotations.length > 1 && annotations.length < frames.length) {
      const found = `${annotations.length} of ${frames.length} frames of ${name} are annotated`;
      throw new BenchmarkError(annotated, `${found}; expected all, or the first alone`);
    }
    videos.push({ name, frames, annotations });
  }
  if (videos.length === 0) throw new BenchmarkError(list, 'lists no videos');
  return { name: 'davis-2017', split, videos, readObjects };
}

const PNG: ReadonlySet<string> = new Set(['.png']);

/** Whether a name stays in the folder that it is put behind. */
function isFolderName(name: string): boolean {
  return !/[/\\]/.test(name) && !['', '.', '..'].includes(name);
}

async function readObjects(annotation: string): Promise<LabelMap> {
  const map = await readLabelMap(annotation);
  if (map.labels instanceof Uint8Array) return map;
  throw new BenchmarkError(
    annotation,
    'has 16 bits a pixel, expected 8: the numbers of objects, 255 where nothing counts',
  );
}

function stem(path: string): string {
  return basename(path, extname(path));
}
