import { extname } from 'node:path';
import { readVideoIndex } from '@vjepa/benchmarks';
import { listTarVideos } from '@vjepa/video';
import { CommandError, reasonOf } from '../command-error.js';
import { parallelMap } from '../parallel-map.js';
import { type IndexedVideo, readIndexFile } from './index-file.js';

/** The videos of one entry of `data.datasets`, or of one shard it stands for. */
export interface Dataset {
  file: string;
  videos: IndexedVideo[];
}

/** Shards whose headers are read at the same time. */
const SHARDS_AT_ONCE = 4;

/** Whether an entry names tar shards, which are read in sequence. */
export function namesShards(entry: string): boolean {
  return extname(entry).toLowerCase() === '.tar';
}

/**
 * Reads `data.datasets`: index files (`.csv` or `.txt`: lines "path label"; `.npy`: an array of paths, label 0), or
 * WebDataset-style tar shards, files or http(s) addresses, where `shard-{000..127}.tar` stands for 128 of them. A shard
 * without labels has label -1 throughout.
 *
 * @throws CommandError naming the file and what is wrong with it
 */
export async function readDatasets(entries: readonly string[]): Promise<Dataset[]> {
  const files = entries.flatMap(expandRange);
  return parallelMap(files, SHARDS_AT_ONCE, async (file) => ({ file, videos: await readDataset(file) }));
}

async function readDataset(file: string): Promise<IndexedVideo[]> {
  return namesShards(file) ? readShard(file) : readIndex(file);
}

/**
 * Reads one index file: `.csv` or `.txt`, lines "path label", or `.npy`, an array of paths, label 0.
 *
 * @throws CommandError naming the file and what is wrong with it
 */
export async function readIndex(file: string): Promise<IndexedVideo[]> {
  if (extname(file).toLowerCase() !== '.npy') return readIndexFile(file);
  try {
    return (await readVideoIndex(file, { checkFiles: false, duplicates: 'keep' })).entries;
  } catch (error) {
    throw new CommandError(reasonOf(error), { cause: error });
  }
}

async function readShard(file: string): Promise<IndexedVideo[]> {
  let videos: IndexedVideo[];
  try {
    videos = await listTarVideos(file);
  } catch (error) {
    throw new CommandError(`the shard cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  if (videos.length === 0) throw new CommandError(`${file}: there is no video among the members of the shard`);
  return videos;
}

/** `a-{08..11}.tar` as a-08.tar, a-09.tar, a-10.tar and a-11.tar; anything else as it is. */
function expandRange(entry: string): string[] {
  const match = /^(.*)\{(\d+)\.\.(\d+)\}(.*)$/.exec(entry);
  if (!match) return [entry];
  const [, before, first, last, after] = match as unknown as [string, string, string, string, string];
  const count = Number(last) - Number(first) + 1;
  if (count < 1) throw new CommandError(`${entry}: expected a range that ascends, found {${first}..${last}}`);
  return Array.from({ length: count }, (_, i) => {
    const number = String(Number(first) + i).padStart(first.length, '0');
    return `${before}${number}${after}`;
  });
}
