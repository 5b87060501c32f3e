import { BenchmarkError, type Dataset, readDatasets } from '@vjepa/benchmarks';
import { InputError, reasonOf } from '../input-error.js';
import { option, sentence } from '../sentence.js';

/**
 * Reads the videos of a pretraining, as `readDatasets` of @vjepa/benchmarks does.
 *
 * @throws InputError naming the file and what is wrong with it
 */
export async function readPretrainingVideos(entries: readonly string[]): Promise<Dataset[]> {
  try {
    return await readDatasets(entries);
  } catch (error) {
    const isMissing = error instanceof BenchmarkError && error.code === 'missing';
    throw new InputError({
      problem: reasonOf(error),
      ...(isMissing && {
        remedy: sentence`name your folder or list of videos with ${option('videos: FOLDER')}, several with ${option('videos: [A, B]')}`,
      }),
      code: 'videos',
      cause: error,
    });
  }
}
