import { availableParallelism } from 'node:os';
import { withSecondChance } from '../second-chance.js';
import { type CheckVideoOptions, checkVideo, type VideoCheck } from './check-video.js';

/** How {@link checkVideos} looks at a list of videos, and who is told. */
export interface CheckVideosOptions extends Omit<CheckVideoOptions, 'patienceMs'> {
  /** Videos checked at the same time; default: one per core. */
  workers?: number | undefined;
  /** Told of each check that stands. */
  onChecked?: ((check: VideoCheck) => void) | undefined;
}

/**
 * Checks many videos, each path once. One that could not be reached is asked for once more when all others are done.
 *
 * @param paths as `openVideo` takes them
 * @returns a check for every distinct path, in their order
 * @throws VideoError when the decoder asked for is not installed
 */
export function checkVideos(paths: Iterable<string>, options: CheckVideosOptions = {}): Promise<VideoCheck[]> {
  const { workers = availableParallelism(), onChecked = () => {}, ...settings } = options;
  return withSecondChance(
    [...new Set(paths)],
    workers,
    (path, patienceMs) => checkVideo(path, { ...settings, patienceMs }),
    (check) => !check.good && check.passing,
    onChecked,
  );
}
