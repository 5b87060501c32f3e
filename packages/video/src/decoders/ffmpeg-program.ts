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
  /** Runs with the arguments that `makeArguments` gives for the program's names of input and output. */
  run(
    path: string,
    makeArguments: (input: string, output: string) => string[],
    receive: ProgramReceivers,
    timeoutMs: number,
  ): Promise<ProgramRun>;
  close(): Promise<void>;
}

/** Where the output and the log of a run go while it lasts. */
export interface ProgramReceivers {
  /** A chunk is only valid during the call. */
  output(chunk: Uint8Array): void;
  /** Every line of standard error, also those the bounded log drops. */
  log?(line: string): void;
}
