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
 * @param attempt gives the files that failed, and why
 * @returns those that failed at last, in the files' order
 */
export async function withSecondTry<File, Failure extends { passing: boolean }>(
  files: readonly File[],
  attempt: (files: readonly File[]) => Promise<ReadonlyMap<File, Failure>>,
): Promise<Map<File, Failure>> {
  const first = await attempt(files);
  const again = files.filter((file) => first.get(file)?.passing);
  const second = again.length > 0 ? await attempt(again) : first;
  const failed = files.map((file) => [file, (first.get(file)?.passing ? second : first).get(file)] as const);
  return new Map(failed.filter((pair): pair is [File, Failure] => pair[1] !== undefined));
}
