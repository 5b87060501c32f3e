/** One of NVIDIA's wheels, one and the same file for everybody. */
export interface NvidiaWheel {
  project: string;
  version: string;
  /** The file's name, which pip keeps. */
  file: string;
  sha256: string;
  bytes: number;
  /** The files of it, below `nvidia/`, that an engine on a GPU opens. Headers, static archives and what serves others stay out. */
  keep: readonly string[];
}
