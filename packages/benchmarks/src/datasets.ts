import { type IndexedVideo, readVideoIndex, type VideoIndexOptions } from './video-index.js';

/** The videos of one list, tar shard, folder or file. */
export interface Dataset {
  /** The list, shard, folder or file. */
  file: string;
  videos: IndexedVideo[];
  /** Place of the input that names it; one with braces or stars names several. */
  entry: number;
}

/**
 * Reads videos to pretrain on, whose labels may be absent, each list, shard, folder or file by itself: inputs are those of
 * `readVideoIndex`. A video without a class number has label -1; whether a listed video is there is found out when it is
 * opened, and one that is listed twice is read twice.
 *
 * @example const [first] = await readDatasets(['k710.csv', 'train-{000..127}.tar', 'Videos']);
 * @throws BenchmarkError naming the file and what is wrong with it
 */
export async function readDatasets(
  inputs: readonly string[],
  options: { extensions?: VideoIndexOptions['extensions'] } = {},
): Promise<Dataset[]> {
  const index = await readVideoIndex(inputs, { ...options, labels: 'optional', checkFiles: false, duplicates: 'keep' });
  let start = 0;
  return index.counts.map(({ file, count, input }) => {
    const videos = index.entries.slice(start, start + count);
    start += count;
    return { file, videos, entry: input };
  });
}
