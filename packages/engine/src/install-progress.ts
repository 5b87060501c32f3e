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
