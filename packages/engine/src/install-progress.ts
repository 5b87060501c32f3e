/** What an installation is doing. Reported often; show as much of it as suits. */
export interface InstallProgress {
  /**
   * `wait`: another process is installing, and this one waits for it. `plan`, once, before anything is downloaded:
   * `totalBytes` is the size of all downloads (`bytes` of them are there from an earlier try), `installedBytes` what they
   * will take on disk.
   */
  stage: 'wait' | 'plan' | 'download' | 'verify' | 'unpack';
  /** The archive or file at hand. */
  item: string;
  /** Bytes done of it, and in all where that is known. */
  bytes: number;
  totalBytes?: number | undefined;
  installedBytes?: number | undefined;
}

/** Is told how far an installation is. */
export type OnProgress = (progress: InstallProgress) => void;

const WORDS: Record<InstallProgress['stage'], string> = {
  wait: 'waiting for another installation in',
  plan: 'installing',
  download: 'downloading',
  verify: 'checking',
  unpack: 'unpacking',
};

/**
 * What an installation is doing, as a line for people: before it begins how much there is to do, then what is done, with
 * `share` how far it is.
 */
export function describeInstall(
  progress: InstallProgress,
  { share = true }: { share?: boolean | undefined } = {},
): string {
  const { stage, item, bytes, totalBytes = 0, installedBytes = 0 } = progress;
  if (stage === 'plan') {
    const there = bytes > 0 ? `, ${gigabytes(bytes)} of it there already` : '';
    return `${item}: ${gigabytes(totalBytes)} to download${there}, ${gigabytes(installedBytes)} on disk`;
  }
  const far =
    share && totalBytes > 0 ? ` ${bar(bytes / totalBytes)} ${megabytes(bytes)} of ${megabytes(totalBytes)} MB` : '';
  return `${WORDS[stage]} ${item}${far}`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function bar(share: number): string {
  const width = 24;
  const full = Math.round(width * Math.min(1, share));
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}]`;
}
