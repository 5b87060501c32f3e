import { sourceVersion, VideoError } from '@vjepa/video';
import pMap from 'p-map';

/** Files, and servers' files, looked at together. */
const AT_ONCE = 8;

/**
 * What tells the contents of files, archives' members and addresses from those they had before (size and time of
 * change, a server's entity tag); null for those that are not there or must not be read.
 *
 * @throws VideoError where a file cannot be reached just now: nobody knows then whether it is still the same
 */
export function fileFingerprints(paths: readonly string[]): Promise<(string | null)[]> {
  const fingerprint = async (path: string) => {
    try {
      return await sourceVersion(path);
    } catch (error) {
      if (error instanceof VideoError && !error.passing) return null;
      throw error;
    }
  };
  return pMap(paths, fingerprint, { concurrency: AT_ONCE });
}
