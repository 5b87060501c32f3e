import { BenchmarkError, type IndexedVideo, readVideoIndex } from '@vjepa/benchmarks';
import { CommandError, reasonOf } from '../command-error.js';

/** The videos of a list, shard, folder or file that an entry of `data.datasets` names. */
export interface Dataset {
  file: string;
  videos: IndexedVideo[];
  /** Place of the entry in `data.datasets`; one with braces or stars stands for several datasets. */
  entry: number;
}

/**
 * Reads datasets whose labels may be absent, such as `data.datasets`: lists, folders, tar shards, single videos, and any
 * number of these by braces and stars (see `readVideoIndex` of @vjepa/benchmarks). A video without a class number has
 * label -1; whether a listed video is there is found out when it is opened.
 *
 * @param remedy how to name another dataset, for the error about one that is not there
 * @throws CommandError naming the file and what is wrong with it
 */
export async function readDatasets(entries: readonly string[], remedy?: string): Promise<Dataset[]> {
  try {
    const index = await readVideoIndex(entries, { labels: 'optional', checkFiles: false, duplicates: 'keep' });
    let start = 0;
    return index.counts.map(({ file, count, input }) => {
      const videos = index.entries.slice(start, start + count);
      start += count;
      return { file, videos, entry: input };
    });
  } catch (error) {
    const isMissing = error instanceof BenchmarkError && /does not exist/.test(error.message);
    const more = isMissing && remedy !== undefined ? `; ${remedy}` : '';
    throw new CommandError(reasonOf(error) + more, { cause: error });
  }
}

/** How to name videos of one's own for pretraining. */
export const DATASET_REMEDY =
  "name your folder or list of videos with --set data.datasets=FOLDER, several with --set 'data.datasets=[A, B]'";

/** The videos of one dataset, read as `readDatasets` does. */
export async function readVideos(dataset: string, remedy?: string): Promise<IndexedVideo[]> {
  return (await readDatasets([dataset], remedy)).flatMap(({ videos }) => videos);
}
