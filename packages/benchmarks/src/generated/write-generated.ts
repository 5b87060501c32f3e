import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFolder as makeMissingFolders, writeFileAtomically } from '@vjepa/files';
import type { RgbFrames } from './rgb-frames.js';
import { type GeneratedSplit, SPLITS } from './split.js';

/** Encodes frames into video files, each on its own; `encodeVideos` of @vjepa/video is one. */
export type VideosEncoder = (videos: readonly { frames: RgbFrames; rate: number; output: string }[]) => Promise<void>;

/** Videos that are drawn and encoded together: so few, and no more of larger ones than this, that stopping loses seconds. */
const [VIDEOS_AT_ONCE, BYTES_AT_ONCE] = [16, 2 ** 24];

/** Videos that can be made one by one, with a label of each kind. */
export interface GeneratedSet<Kind extends string> {
  /** What the manifest calls the generator. */
  generator: string;
  /** Changed whenever the same settings would give other pixels or labels. */
  version: number;
  /** Whatever decides pixels and labels, for the manifest. */
  settings: Readonly<Record<string, unknown>>;
  /** In label order; an index file is written for each kind. */
  classNames: Partial<Record<Kind, string[]>>;
  frames(split: GeneratedSplit, index: number): RgbFrames;
  label(split: GeneratedSplit, index: number, kind: Kind): number;
}

/** How many videos are written. */
export interface GeneratedFiles {
  /** Samples per split; a split left out is not made. */
  counts: Partial<Record<GeneratedSplit, number>>;
  /** Frames per second. Default 25. */
  rate?: number | undefined;
}

/** How generated videos are written: the encoder, and who is told. */
export interface WriteOptions {
  encode: VideosEncoder;
  /** How many times 16 videos are made at the same time. Default 1: the encoder is the slow part and may have threads of its own. */
  concurrency?: number | undefined;
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** What was written, and where. */
export interface GeneratedFolder<Kind extends string> {
  folder: string;
  /** Path of `{split}.{kind}.csv`, lines of `path label`, paths relative to the folder. */
  indexes: Partial<Record<GeneratedSplit, Partial<Record<Kind, string>>>>;
  /** Class names in label order, also in `classes.{kind}.txt`. */
  classNames: Partial<Record<Kind, string[]>>;
  /** Videos made by this call, and videos that were there. */
  written: number;
  kept: number;
}

/**
 * Writes a generated benchmark: `{split}/{index}.mp4`, one index file per split and label, class names, and a
 * `manifest.json` of the settings. A second call with the same settings makes only what is missing, so a call that was
 * stopped is continued by repeating it; larger counts add videos. Nothing is ever half-written: index files appear
 * when their videos are complete.
 *
 * @throws RangeError for settings out of range; Error when the folder holds a set made with other settings or cannot
 *   be made
 */
export async function writeGenerated<Kind extends string>(
  folder: string,
  set: GeneratedSet<Kind>,
  { counts, rate = 25 }: GeneratedFiles,
  { encode, concurrency = 1, onProgress, signal }: WriteOptions,
): Promise<GeneratedFolder<Kind>> {
  if (!(rate > 0)) throw new RangeError(`rate is ${rate}; expected frames per second above 0`);
  const samples = listSamples(counts);
  await claimFolder(folder, { generator: set.generator, version: set.version, ...set.settings, rate }, counts);

  const missing: typeof samples = [];
  for (const sample of samples) if (!(await isFile(join(folder, sample.path)))) missing.push(sample);
  let done = samples.length - missing.length;
  onProgress?.({ done, total: samples.length });
  const queue = missing.values();
  const work = async () => {
    for (;;) {
      signal?.throwIfAborted();
      const videos = drawNext(queue, folder, set);
      if (videos.length === 0) return;
      await writeVideos(videos, rate, encode);
      done += videos.length;
      onProgress?.({ done, total: samples.length });
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work));

  const indexes = writeIndexes(folder, set, samples);
  return {
    folder,
    indexes,
    classNames: set.classNames,
    written: missing.length,
    kept: samples.length - missing.length,
  };
}

interface SampleFile {
  split: GeneratedSplit;
  index: number;
  path: string;
}

function listSamples(counts: GeneratedFiles['counts']): SampleFile[] {
  return SPLITS.flatMap((split) => {
    const count = counts[split] ?? 0;
    if (!Number.isInteger(count) || count < 0) {
      throw new RangeError(`counts.${split} is ${count}; expected a whole number of samples, 0 or more`);
    }
    return Array.from({ length: count }, (_, index) => ({
      split,
      index,
      path: `${split}/${String(index).padStart(6, '0')}.mp4`,
    }));
  });
}

/** Writes the manifest, or checks that the one in the folder has the same settings. */
async function claimFolder(folder: string, manifest: Record<string, unknown>, counts: GeneratedFiles['counts']) {
  makeFolder(resolve(folder));
  for (const split of SPLITS) if (counts[split]) makeFolder(resolve(folder, split));
  const path = join(folder, 'manifest.json');
  const found = await readManifest(path);
  if (found === undefined) {
    writeFileAtomically(path, `${JSON.stringify(manifest, null, 2)}\n`);
    return;
  }
  for (const [key, value] of Object.entries(manifest)) {
    if (JSON.stringify(found[key]) !== JSON.stringify(value)) {
      throw new Error(
        `${path}: the folder holds a set made with ${key} ${JSON.stringify(found[key])}, asked for ` +
          `${JSON.stringify(value)}; choose another folder or delete this one`,
      );
    }
  }
}

function makeFolder(path: string): void {
  try {
    makeMissingFolders(path);
  } catch (error) {
    throw new Error(
      `${path}: the folder cannot be made: ${(error as Error).message}; choose another that can be written to`,
      { cause: error },
    );
  }
}

async function readManifest(path: string): Promise<Record<string, unknown> | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`${path} is not JSON (${(error as Error).message}); delete the folder and generate it again`);
  }
}

interface DrawnVideo {
  frames: RgbFrames;
  output: string;
}

/** Of the samples that are left as many as are encoded together. */
function drawNext<Kind extends string>(
  left: Iterator<SampleFile, undefined>,
  folder: string,
  set: GeneratedSet<Kind>,
): DrawnVideo[] {
  const videos: DrawnVideo[] = [];
  let bytes = 0;
  while (videos.length < VIDEOS_AT_ONCE && bytes < BYTES_AT_ONCE) {
    const sample = left.next().value;
    if (sample === undefined) break;
    const frames = set.frames(sample.split, sample.index);
    videos.push({ frames, output: join(folder, sample.path) });
    bytes += frames.data.length;
  }
  return videos;
}

async function writeVideos(videos: readonly DrawnVideo[], rate: number, encode: VideosEncoder): Promise<void> {
  const partials = videos.map(({ output }) => output.replace(/\.mp4$/, `.${process.pid}.partial.mp4`));
  try {
    await encode(videos.map(({ frames }, i) => ({ frames, rate, output: partials[i]! })));
    for (const [i, partial] of partials.entries()) await rename(partial, videos[i]!.output);
  } catch (error) {
    for (const partial of partials) await rm(partial, { force: true });
    throw error;
  }
}

function writeIndexes<Kind extends string>(
  folder: string,
  { classNames, label }: GeneratedSet<Kind>,
  samples: readonly SampleFile[],
): GeneratedFolder<Kind>['indexes'] {
  const indexes: GeneratedFolder<Kind>['indexes'] = {};
  for (const [kind, names] of Object.entries(classNames) as [Kind, string[]][]) {
    writeFileAtomically(join(folder, `classes.${kind}.txt`), `${names.join('\n')}\n`);
    for (const split of SPLITS) {
      const lines = samples
        .filter((sample) => sample.split === split)
        .map(({ path, index }) => `${path} ${label(split, index, kind)}\n`);
      if (lines.length === 0) continue;
      const path = join(folder, `${split}.${kind}.csv`);
      writeFileAtomically(path, lines.join(''));
      indexes[split] = { ...indexes[split], [kind]: path } as Partial<Record<Kind, string>>;
    }
  }
  return indexes;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
