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
   * Runs with the arguments that `makeArguments` gives for the program's names of input and output; what is written to
   * the output goes to `onOutput`, whose chunks are only valid during the call.
   */
  run(
    path: string,
    makeArguments: (input: string, output: string) => string[],
    onOutput: (chunk: Uint8Array) => void,
    timeoutMs: number,
  ): Promise<ProgramRun>;
  close(): Promise<void>;
}
