import { FFmpeg } from '@ffmpeg/ffmpeg';
import { BoundedLog } from '../bounded-log.js';
import { inputArguments } from '../containers.js';
import type { FfmpegProgram, ProbeRun, ProgramReceivers, ProgramRun } from '../decoders/ffmpeg-program.js';
import { TextCollector } from '../decoders/text-collector.js';
import type { FfmpegUrls } from '../ffmpeg-urls.js';
import { VideoError } from '../video-error.js';

const OUTPUT = 'output';
/** FFmpeg looks at its own time limit only between frames. */
const GRACE_MS = 5000;
/** Every run leaks a little of a small stack; near the hundredth one it would be overrun. */
const RUNS_PER_INSTANCE = 40;

/** ffmpeg.wasm in a browser, in its own worker; files are read in place, never copied as a whole. */
export class BrowserProgram implements FfmpegProgram {
  readonly name = 'wasm';
  readonly demuxer = 'wasm';
  readonly skipsPackets = false;
  readonly codecAdvice = 'convert the video, or decode it with Node and node-av';
  readonly #urls: FfmpegUrls;
  readonly #files: ReadonlyMap<string, Blob>;
  #ffmpeg: FFmpeg | undefined;
  #runs = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @param files the videos that can be opened, by the name that stands for their path */
  constructor(urls: FfmpegUrls, files: ReadonlyMap<string, Blob>) {
    this.#urls = urls;
    this.#files = files;
  }

  /** Runs go one after another: there is one instance. */
  run(
    path: string,
    makeArguments: (input: readonly string[], output: string) => string[],
    receive: ProgramReceivers,
    timeoutMs: number,
  ): Promise<ProgramRun> {
    return this.#inTurn(() =>
      this.#runNow(path, receive, timeoutMs, (ffmpeg, input) =>
        ffmpeg.exec(makeArguments(inputArguments(input), OUTPUT), timeoutMs),
      ),
    );
  }

  async probe(
    path: string,
    makeArguments: (input: readonly string[]) => string[],
    timeoutMs: number,
  ): Promise<ProbeRun> {
    const output = new TextCollector();
    const { log, timedOut, input } = await this.#inTurn(() =>
      this.#runNow(path, { output: (chunk) => output.add(chunk) }, timeoutMs, (ffmpeg, name) =>
        ffmpeg.ffprobe([...makeArguments(inputArguments(name)), '-o', OUTPUT], timeoutMs),
      ),
    );
    return { output: output.toString(), log, timedOut, input };
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(run);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async close(): Promise<void> {
    this.#drop();
  }

  async #runNow(
    path: string,
    receive: ProgramReceivers,
    timeoutMs: number,
    execute: (ffmpeg: FFmpeg, input: string) => Promise<number>,
  ): Promise<ProgramRun> {
    const blob = this.#files.get(path);
    if (!blob) throw new VideoError('closed', path, 'the video was closed');
    const ffmpeg = await this.#ready(path, timeoutMs);
    const log = new BoundedLog();
    const onLog = ({ type, message }: { type: string; message: string }) => {
      if (type !== 'stderr') return;
      log.add(message);
      receive.log?.(message);
    };
    const name = `input${/\.[a-z0-9]{1,8}$/i.exec(path)?.[0].toLowerCase() ?? ''}`;
    const input = `/source/${name}`;
    ffmpeg.on('log', onLog);
    const started = performance.now();
    let exitCode: number | undefined;
    try {
      await ffmpeg.mount('WORKERFS' as Parameters<FFmpeg['mount']>[0], { blobs: [{ name, data: blob }] }, '/source');
      exitCode = await within(timeoutMs + GRACE_MS, execute(ffmpeg, input));
      await this.#passOutput(ffmpeg, receive);
      await ffmpeg.unmount('/source');
    } catch (error) {
      log.add(`ffmpeg.wasm stopped: ${error instanceof Error ? error.message : String(error)}`);
      exitCode = undefined;
      this.#drop();
    } finally {
      ffmpeg.off('log', onLog);
    }
    if (++this.#runs >= RUNS_PER_INSTANCE) this.#drop();
    return { exitCode, log: log.lines(), timedOut: performance.now() - started >= timeoutMs, input };
  }

  async #passOutput(ffmpeg: FFmpeg, receive: ProgramReceivers): Promise<void> {
    const files = await ffmpeg.listDir('.');
    if (!files.some(({ name }) => name === OUTPUT)) return;
    const bytes = await ffmpeg.readFile(OUTPUT);
    await ffmpeg.deleteFile(OUTPUT);
    if (typeof bytes !== 'string') receive.output(bytes);
  }

  async #ready(path: string, timeoutMs: number): Promise<FFmpeg> {
    if (this.#ffmpeg) return this.#ffmpeg;
    const ffmpeg = new FFmpeg();
    try {
      await within(timeoutMs, ffmpeg.load(this.#urls));
      await ffmpeg.createDir('/source');
    } catch (error) {
      ffmpeg.terminate();
      const reason = `ffmpeg.wasm does not load from ${Object.values(this.#urls).join(', ')}: ${String(error)}`;
      throw new VideoError('decoder-unavailable', path, reason);
    }
    this.#ffmpeg = ffmpeg;
    this.#runs = 0;
    return ffmpeg;
  }

  #drop(): void {
    this.#ffmpeg?.terminate();
    this.#ffmpeg = undefined;
  }
}

/** Rejects when `work` takes longer than `limitMs`: a worker that fails to start never answers. */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
