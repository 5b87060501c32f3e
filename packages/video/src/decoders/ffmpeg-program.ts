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

/** The ffmpeg program in one of its forms: WebAssembly in this thread, or a process. */
export interface FfmpegProgram {
  readonly name: 'wasm' | 'cli';
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
  /** Where the packets of an H.264 stream in an mp4 or mov file lie; absent where the program cannot skip any. */
  packetLayout?(path: string, stream: number, timeoutMs: number): Promise<PacketLayout>;
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
