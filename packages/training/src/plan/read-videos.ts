import {
  BenchmarkError,
  type Dataset,
  type IndexedVideo,
  type LowShotOptions,
  lowShotSplit,
  readDatasets,
} from '@vjepa/benchmarks';
import { InputError, reasonOf } from '../input-error.js';
import { option, sentence } from '../sentence.js';

/**
 * Reads the videos of a pretraining, as `readDatasets` of @vjepa/benchmarks does.
 *
 * @param extensions of files in folders. Default: those of videos
 * @param part of each list's videos, whatever their labels. Default: all
 * @throws InputError naming the file and what is wrong with it
 */
export async function readPretrainingVideos(
  entries: readonly string[],
  part: LowShotOptions = { fraction: 1, seed: 0 },
  extensions?: ReadonlySet<string>,
): Promise<Dataset[]> {
  try {
    const datasets = await readDatasets(entries, { extensions });
    if (part.fraction === 1) return datasets;
    return datasets.map((dataset) => ({ ...dataset, videos: partOf(dataset.videos, part) }));
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

/** Labels, which pretraining does not look at, decide nothing here either. */
function partOf(videos: readonly IndexedVideo[], part: LowShotOptions): IndexedVideo[] {
  const alike = videos.map((video) => ({ path: video.path, label: 0, video }));
  return lowShotSplit(alike, part).map(({ video }) => video);
}
