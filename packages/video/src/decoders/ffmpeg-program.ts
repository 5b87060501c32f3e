import type { PacketLayout } from '../wasm/packet-layout.js';

/** How one run of an ffmpeg program ended. */
export interface ProgramRun {
  /** 0 on success; undefined when the program broke. */
  exitCode: number | undefined;
  /** Lines of standard error, bounded. */
  log: string[];
  timedOut: boolean;
  /** The name under which the program saw the input. */
  input: string;
}

/** How one run of ffprobe ended. */
export interface ProbeRun {
  /** What it printed; nothing of use where it could not open the file. */
  output: string;
  /** Lines of standard error, bounded. */
  log: string[];
  timedOut: boolean;
  /** The name under which the program saw the input. */
  input: string;
}

/** The ffmpeg and ffprobe programs in one of their forms: WebAssembly in this thread, or a process. */
export interface FfmpegProgram {
  readonly name: 'wasm' | 'cli';
  /** Names the demuxer and its version: what another one finds in a file may differ. */
  readonly demuxer: string;
  /** Whether `run` makes use of `skip`. */
  readonly skipsPackets: boolean;
  /** Appended to errors about codecs the program lacks. */
  readonly codecAdvice: string;
  /**
   * Runs with the arguments that `makeArguments` gives for those that open the input, as a container and as nothing
   * else (see `inputArguments`), and the program's name of the output.
   */
  run(
    path: string,
    makeArguments: (input: readonly string[], output: string) => string[],
    receive: ProgramReceivers,
    timeoutMs: number,
    skip?: SkippablePackets,
  ): Promise<ProgramRun>;
  /** Runs ffprobe with the arguments that `makeArguments` gives for those that open the input. */
  probe(path: string, makeArguments: (input: readonly string[]) => string[], timeoutMs: number): Promise<ProbeRun>;
  close(): Promise<void>;
}

/** What may be left undecoded after a seek: all that is not wanted and that no other picture refers to. */
export interface SkippablePackets {
  layout: PacketLayout;
  /** Presentation times of the wanted frames. */
  wanted: ReadonlySet<number>;
  /** Presentation time of the key frame that decoding starts at. */
  seekTime: number;
}

/** Where the output and the log of a run go while it lasts. */
export interface ProgramReceivers {
  /** A chunk is only valid during the call. */
  output(chunk: Uint8Array): void;
  /** Every line of standard error, also those the bounded log drops. */
  log?(line: string): void;
}
