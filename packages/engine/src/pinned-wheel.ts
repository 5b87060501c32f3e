/** A wheel that is one and the same file for everybody, and what is taken out of it. */
export interface PinnedWheel {
  /** As pip is asked for it, e.g. `tensorflow-cpu==2.21.0`. */
  requirement: string;
  file: string;
  sha256: string;
  bytes: number;
  /** The path in the engine's folder of a file of the wheel; undefined for those that stay out. */
  select: (name: string) => string | undefined;
}

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
