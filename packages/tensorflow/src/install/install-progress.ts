/** What an installation is doing. Reported often; show as much of it as suits. */
export interface InstallProgress {
  /** `wait`: another process is installing, and this one waits for it. */
  stage: 'wait' | 'download' | 'verify' | 'unpack';
  /** The archive or file at hand. */
  item: string;
  /** Bytes done of it, and in all where that is known. */
  bytes: number;
  totalBytes?: number;
}

export type OnProgress = (progress: InstallProgress) => void;
