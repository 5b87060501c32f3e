import { BenchmarkError, type Dataset, type IndexedVideo, readDatasets as readListed } from '@vjepa/benchmarks';
import { CommandError, reasonOf } from '../command-error.js';

export type { Dataset };

/**
 * Reads datasets as `readDatasets` of @vjepa/benchmarks does.
 *
 * @param remedy how to name another dataset, for the error about one that is not there
 * @throws CommandError naming the file and what is wrong with it
 */
export async function readDatasets(entries: readonly string[], remedy?: string): Promise<Dataset[]> {
  try {
    return await readListed(entries);
  } catch (error) {
    const isMissing = error instanceof BenchmarkError && error.code === 'missing';
    throw new CommandError(reasonOf(error) + (isMissing && remedy ? `; ${remedy}` : ''), { cause: error });
  }
}

/** How to name videos of one's own for pretraining. */
export const DATASET_REMEDY =
  "name your folder or list of videos with --set data.datasets=FOLDER, several with --set 'data.datasets=[A, B]'";

/** The videos of one dataset, read as `readDatasets` does. */
export async function readVideos(dataset: string, remedy?: string): Promise<IndexedVideo[]> {
  return (await readDatasets([dataset], remedy)).flatMap(({ videos }) => videos);
}
