import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFolder as makeMissingFolders, writeFileAtomically } from '@vjepa/files';
import { type FactorName, type FactorTable, factorTable, type LabelKind, movingShapesClassNames } from './factors.js';
import {
  checkedSettings,
  type MovingShapesAppearance,
  type MovingShapesSplit,
  movingShapesLabelsAt,
  movingShapesSample,
} from './generate.js';
import type { RgbFrames } from './rgb-frames.js';

/** Encodes frames into a video file; `encodeVideo` of @vjepa/video is one. */
export type VideoEncoder = (video: { frames: RgbFrames; rate: number; output: string }) => Promise<void>;

/** How many videos are written, and how. */
export interface MovingShapesFiles extends MovingShapesAppearance {
  /** Samples per split; a split left out is not made. */
  counts: Partial<Record<MovingShapesSplit, number>>;
  /** Frames per second. Default 25. */
  rate?: number;
}

/** How {@link writeMovingShapes} works: the encoder, and who is told. */
export interface WriteOptions {
  encode: VideoEncoder;
  /** Videos made at the same time. Default 1: the encoder is the slow part and may have threads of its own. */
  concurrency?: number | undefined;
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** A label that index files are written for: the three kinds, and each factor that varies. */
export type IndexKind = LabelKind | FactorName;

/** What was written, and where. */
export interface MovingShapesFolder {
  folder: string;
  /** Path of `{split}.{kind}.csv`, lines of `path label`, paths relative to the folder. */
  indexes: Partial<Record<MovingShapesSplit, Partial<Record<IndexKind, string>>>>;
  /** Class names in label order, also in `classes.{kind}.txt`. */
  classNames: Partial<Record<IndexKind, string[]>>;
  /** Videos made by this call, and videos that were there. */
  written: number;
  kept: number;
}

/** Changed whenever the same settings would give other pixels or labels. */
const GENERATOR_VERSION = 1;
const SPLITS = ['train', 'val', 'test'] as const;

/**
 * Writes a generated benchmark: `{split}/{index}.mp4`, one index file per split and label, class names, and a
 * `manifest.json` of the settings. A second call with the same settings makes only what is missing, so a call that was
 * stopped is continued by repeating it; larger counts add videos. Nothing is ever half-written: index files appear
 * when their videos are complete.
 *
 * @throws RangeError for settings out of range; Error when the folder holds a set made with other settings or cannot
 *   be made
 */
export async function writeMovingShapes(
  folder: string,
  settings: MovingShapesFiles,
  { encode, concurrency = 1, onProgress, signal }: WriteOptions,
): Promise<MovingShapesFolder> {
  const { rate = 25 } = settings;
  if (!(rate > 0)) throw new RangeError(`rate is ${rate}; expected frames per second above 0`);
  const table = factorTable(settings);
  const samples = listSamples(settings);
  await claimFolder(folder, settings, table, rate);

  const missing: typeof samples = [];
  for (const sample of samples) if (!(await isFile(join(folder, sample.path)))) missing.push(sample);
  let done = samples.length - missing.length;
  onProgress?.({ done, total: samples.length });
  const queue = missing.values();
  const work = async () => {
    for (const { split, index, path } of queue) {
      signal?.throwIfAborted();
      await writeVideo(join(folder, path), rate, movingShapesSample(settings, split, index).frames, encode);
      onProgress?.({ done: ++done, total: samples.length });
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work));

  const classNames = indexedClassNames(table);
  const indexes = await writeIndexes(folder, settings, samples, classNames);
  return { folder, indexes, classNames, written: missing.length, kept: samples.length - missing.length };
}

interface SampleFile {
  split: MovingShapesSplit;
  index: number;
  path: string;
}

function listSamples(settings: MovingShapesFiles): SampleFile[] {
  return SPLITS.flatMap((split) => {
    const count = settings.counts[split] ?? 0;
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
async function claimFolder(folder: string, settings: MovingShapesFiles, table: FactorTable, rate: number) {
  const manifest = {
    generator: 'moving-shapes',
    version: GENERATOR_VERSION,
    ...checkedSettings(settings),
    rate,
    ...table,
  };
  makeFolder(resolve(folder));
  for (const split of SPLITS) if (settings.counts[split]) makeFolder(resolve(folder, split));
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

async function writeVideo(output: string, rate: number, frames: RgbFrames, encode: VideoEncoder): Promise<void> {
  const partial = output.replace(/\.mp4$/, `.${process.pid}.partial.mp4`);
  try {
    await encode({ frames, rate, output: partial });
    await rename(partial, output);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

function indexedClassNames(table: FactorTable): Partial<Record<IndexKind, string[]>> {
  const names: Partial<Record<IndexKind, string[]>> = movingShapesClassNames({
    shapes: table.shape,
    textures: table.texture,
    directions: table.direction,
    speeds: table.speed,
    rotations: table.rotation,
    orders: table.order,
  });
  for (const factor of Object.keys(table) as FactorName[]) {
    if (table[factor].length > 1) names[factor] = [...table[factor]];
  }
  return names;
}

async function writeIndexes(
  folder: string,
  settings: MovingShapesFiles,
  samples: readonly SampleFile[],
  classNames: Partial<Record<IndexKind, string[]>>,
): Promise<MovingShapesFolder['indexes']> {
  const indexes: MovingShapesFolder['indexes'] = {};
  for (const [kind, names] of Object.entries(classNames) as [IndexKind, string[]][]) {
    writeFileAtomically(join(folder, `classes.${kind}.txt`), `${names.join('\n')}\n`);
    for (const split of SPLITS) {
      const lines = samples
        .filter((sample) => sample.split === split)
        .map(({ path, index }) => `${path} ${labelOf(settings, split, index, kind, names)}\n`);
      if (lines.length === 0) continue;
      const path = join(folder, `${split}.${kind}.csv`);
      writeFileAtomically(path, lines.join(''));
      indexes[split] = { ...indexes[split], [kind]: path };
    }
  }
  return indexes;
}

function labelOf(
  settings: MovingShapesFiles,
  split: MovingShapesSplit,
  index: number,
  kind: IndexKind,
  names: readonly string[],
): number {
  const { labels, factors } = movingShapesLabelsAt(settings, split, index);
  return kind in labels ? labels[kind as LabelKind] : names.indexOf(factors[kind as FactorName]);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
