import { BoundedLog } from '../bounded-log.js';
import { type CompiledFfmpeg, type FfmpegCore, type InstantiatedCore, instantiateFfmpeg } from './core-module.js';
import { mountFile, type VirtualFile } from './virtual-files.js';

/** Folder of the instance's file system in which a run's files appear; also its working directory. */
const FOLDER = '/run';
/** An instance's memory never shrinks: one that a large picture blew up beyond this is replaced. */
const MAX_HEAP_BYTES = 256 * 1024 * 1024;
/** FFmpeg's own small leaks are bounded by a fresh instance (25 ms) every so often. */
const MAX_RUNS = 5000;
/** Without stack repair the release overruns its 64 KiB stack near the 98th run. */
const RUNS_WITHOUT_STACK_REPAIR = 40;

export interface FfmpegRun {
  /** FFmpeg's exit status: 0 on success; undefined when the instance broke and was dropped. */
  exitCode: number | undefined;
  /** Lines FFmpeg wrote to standard error, bounded. */
  log: string[];
  timedOut: boolean;
}

/**
 * ffmpeg.wasm in this thread, one run at a time, each over its own set of virtual files.
 *
 * Every run leaks a little of the 64 KiB stack (upstream issues 820, 704, 563), so the stack pointer is saved and
 * restored around it; an instance that throws anything but its own exit is dropped and the next run gets a new one.
 */
export class FfmpegInstance {
  readonly #module: CompiledFfmpeg;
  #instance: InstantiatedCore | undefined;
  #runs = 0;

  constructor(module: CompiledFfmpeg) {
    this.#module = module;
  }

  /** Runs `ffmpeg <args>` with `files` (by name) in the working directory. They are closed afterwards. */
  run(
    args: string[],
    files: Record<string, VirtualFile>,
    timeoutMs: number,
    onLog?: (line: string) => void,
  ): Promise<FfmpegRun> {
    return this.#run((core) => core.exec(...args), files, timeoutMs, onLog);
  }

  /** Runs `ffprobe <args>`, whose exit status says nothing: whether it succeeded is seen from its output. */
  probe(args: string[], files: Record<string, VirtualFile>, timeoutMs: number): Promise<FfmpegRun> {
    return this.#run((core) => core.ffprobe(...args), files, timeoutMs);
  }

  async #run(
    program: (core: FfmpegCore) => number,
    files: Record<string, VirtualFile>,
    timeoutMs: number,
    onLog?: (line: string) => void,
  ): Promise<FfmpegRun> {
    const { core, stack } = await this.#ready();
    const unmount: (() => void)[] = [];
    const log = new BoundedLog();
    const started = performance.now();
    let exitCode: number | undefined;
    const stackPointer = stack?.save();
    try {
      for (const [name, file] of Object.entries(files)) unmount.push(mountFile(core, FOLDER, name, file));
      core.reset();
      core.setLogger(({ type, message }) => {
        if (type !== 'stderr') return;
        log.add(message);
        onLog?.(message);
      });
      core.setTimeout(timeoutMs);
      exitCode = program(core);
      if (stack && stackPointer !== undefined) stack.restore(stackPointer);
      closeStreams(core.FS);
    } catch (error) {
      log.add(`ffmpeg.wasm stopped: ${error instanceof Error ? error.message : String(error)}`);
      this.#instance = undefined;
      exitCode = undefined;
    } finally {
      core.setLogger(() => {});
      for (const remove of unmount) remove();
    }
    this.#runs++;
    const limit = stack ? MAX_RUNS : RUNS_WITHOUT_STACK_REPAIR;
    if (this.#runs >= limit || core.HEAPU8.byteLength > MAX_HEAP_BYTES) this.#instance = undefined;
    return { exitCode, log: log.lines(), timedOut: performance.now() - started >= timeoutMs };
  }

  async #ready(): Promise<InstantiatedCore> {
    if (!this.#instance) {
      this.#instance = await instantiateFfmpeg(this.#module);
      this.#instance.core.FS.mkdir(FOLDER);
      this.#instance.core.FS.chdir(FOLDER);
      this.#runs = 0;
    }
    return this.#instance;
  }
}

/** FFmpeg's exit jumps out of open files; their descriptors (0 to 2 are the standard streams) are freed here. */
function closeStreams(FS: InstantiatedCore['core']['FS']): void {
  for (const stream of FS.streams) if (stream && stream.fd > 2) FS.close(stream);
}
