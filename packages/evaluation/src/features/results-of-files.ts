import type { BeginTask } from '@vjepa/training';
import { VideoError } from '@vjepa/video';
import { type LeftOut, withSecondTry } from './left-out.js';
import { noneReadable } from './none-readable.js';

/** What `resultsOfFiles` takes. */
export interface ResultsOfFilesOptions<File, Result> {
  files: readonly File[];
  /** What they are called in a bar, which one file alone does not have. */
  unit: 'files' | 'videos';
  begin: BeginTask;
  /**
   * Gives the result of each file that can be read, in any order.
   *
   * @param failing is told of each that cannot, and throws on what is no file's fault
   */
  resultsOf: (
    files: readonly File[],
    failing: (file: File, error: unknown) => void,
  ) => AsyncIterable<{ file: File; result: Result }>;
}

/**
 * Does something with each of several files; those whose failure may pass are tried once more.
 *
 * @returns results in the files' order, and those that are left out
 * @throws InputError when no file can be read; VideoError when there is no decoder; what `resultsOf` throws
 */
export async function resultsOfFiles<File extends { name: string }, Result>({
  files,
  unit,
  begin,
  resultsOf,
}: ResultsOfFilesOptions<File, Result>): Promise<{ results: Result[]; leftOut: LeftOut[] }> {
  const found = new Map<File, Result>();
  const failures = await withSecondTry(files, async (some) => {
    const failed = new Map<File, LeftOut>();
    const progress = some.length > 1 ? begin({ total: some.length, unit }) : undefined;
    const failing = (file: File, error: unknown) => {
      if (!(error instanceof VideoError) || error.code === 'decoder-unavailable') throw error;
      failed.set(file, { name: file.name, reason: error.message, passing: error.passing });
      progress?.advance(true);
    };
    try {
      for await (const { file, result } of resultsOf(some, failing)) {
        found.set(file, result);
        progress?.advance();
      }
    } finally {
      progress?.close();
    }
    return failed;
  });
  const leftOut = [...failures.values()];
  if (found.size === 0) throw noneReadable(leftOut);
  return { results: files.flatMap((file) => found.get(file) ?? []), leftOut };
}
