import { BenchmarkError, type IndexedVideo, readDatasets } from '@vjepa/benchmarks';
import { CommandError, reasonOf } from '../command-error.js';

/**
 * The videos that `--index` names, as `readDatasets` of @vjepa/benchmarks reads them.
 *
 * @throws CommandError naming the file and what is wrong with it
 */
export async function readVideos(index: string): Promise<IndexedVideo[]> {
  try {
    return (await readDatasets([index])).flatMap(({ videos }) => videos);
  } catch (error) {
    const isMissing = error instanceof BenchmarkError && error.code === 'missing';
    const remedy = isMissing ? '; name yours with --index: a folder of videos, or a list' : '';
    throw new CommandError(reasonOf(error) + remedy, { cause: error });
  }
}
