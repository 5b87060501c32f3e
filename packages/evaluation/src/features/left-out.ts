import { InputError } from '@vjepa/training';

/** A file that is not in a result. */
export interface LeftOut {
  name: string;
  reason: string;
  /** Whether that says nothing about the file: an outage, a disk's or a server's failure. */
  passing: boolean;
}

/**
 * Does something with files, and once more with those whose failure may pass.
 *
 * @param attempt gives the files that failed
 * @returns those that failed at last, in the files' order
 */
export async function withSecondTry<File>(
  files: readonly File[],
  attempt: (files: readonly File[]) => Promise<ReadonlyMap<File, LeftOut>>,
): Promise<LeftOut[]> {
  const first = await attempt(files);
  const again = files.filter((file) => first.get(file)?.passing);
  const second = again.length > 0 ? await attempt(again) : first;
  return files.flatMap((file) => (first.get(file)?.passing ? second : first).get(file) ?? []);
}

/** What is wrong where every file is left out. */
export function noneReadable(leftOut: readonly LeftOut[]): InputError {
  const more = leftOut.length > 1 ? `; none of the ${leftOut.length} files can be read` : '';
  return new InputError({ problem: `${leftOut[0]!.reason}${more}`, code: 'unreadable' });
}
