import { spawn } from 'node:child_process';
import { BoundedLog } from '../bounded-log.js';
import { serveSource } from '../sources/serve-source.js';
import { ffmpegInput, parseSource, sourceArguments } from '../sources/source-location.js';
import { VideoError } from '../video-error.js';
import type { FfmpegProgram, ProgramReceivers, ProgramRun } from './ffmpeg-program.js';

/** What is known of an installed ffmpeg. */
export interface CommandLineFfmpeg {
  command: string;
  /** As the program prints it, e.g. `5.1.6-0+deb12u1`. */
  version: string;
}

/** Before 5.1 the option was called `-vsync`. */
const FIRST_WITH_FPS_MODE = 5.1;

/**
 * Looks for an `ffmpeg` command: the one named by the environment variable `FFMPEG_PATH`, else the one on the PATH.
 * @throws VideoError `decoder-unavailable`
 */
export async function findCommandLineFfmpeg(): Promise<CommandLineFfmpeg> {
  const command = process.env.FFMPEG_PATH || 'ffmpeg';
  const run = await runProcess(command, ['-version'], 10_000).catch((error: Error) => ({ failure: error.message }));
  const version = 'failure' in run ? undefined : /ffmpeg version (\S+)/.exec(run.output)?.[1];
  if (version === undefined) {
    const reason = 'failure' in run ? run.failure : 'it does not tell its version';
    throw new VideoError(
      'decoder-unavailable',
      command,
      `${reason}; install FFmpeg from your system's packages or set FFMPEG_PATH`,
    );
  }
  return { command, version };
}

async function runProcess(command: string, args: string[], timeoutMs: number): Promise<{ output: string }> {
  const chunks: Buffer[] = [];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], timeout: timeoutMs });
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve());
  });
  return { output: Buffer.concat(chunks).toString() };
}

/** The `ffmpeg` command as a child process per run. */
export class CommandLineProgram implements FfmpegProgram {
  readonly name = 'cli';
  readonly codecAdvice = 'install a newer FFmpeg or the native decoder (npm install node-av@6.1.1)';
  readonly #command: string;
  readonly #hasFpsMode: boolean;

  constructor({ command, version }: CommandLineFfmpeg) {
    this.#command = command;
    // Development builds ("N-…", "git-…") are new.
    const number = Number(/^n?(\d+\.\d+)/.exec(version)?.[1] ?? Number.POSITIVE_INFINITY);
    this.#hasFpsMode = number >= FIRST_WITH_FPS_MODE;
  }

  async run(
    path: string,
    makeArguments: (input: readonly string[], output: string) => string[],
    receive: ProgramReceivers,
    timeoutMs: number,
  ): Promise<ProgramRun> {
    if (parseSource(path).kind === 'file') return this.#runOn(path, path, makeArguments, receive, timeoutMs);
    // FFmpeg's own http takes an answer that is cut short for the end of the file.
    const served = await serveSource(path);
    try {
      return await this.#runOn(served.address, path, makeArguments, receive, timeoutMs);
    } finally {
      served.close();
    }
  }

  #runOn(
    source: string,
    path: string,
    makeArguments: (input: readonly string[], output: string) => string[],
    receive: ProgramReceivers,
    timeoutMs: number,
  ): Promise<ProgramRun> {
    const { input } = ffmpegInput(source);
    const args = makeArguments(sourceArguments(source), 'pipe:1').map((argument) =>
      argument === '-fps_mode' && !this.#hasFpsMode ? '-vsync' : argument,
    );
    const log = new BoundedLog();
    return new Promise((resolve, reject) => {
      const child = spawn(this.#command, ['-nostdin', ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
        // Addresses are this machine's, never a proxy's.
        env: { ...process.env, no_proxy: '127.0.0.1' },
      });
      let timedOut = false;
      const timer = setTimeout(() => {
        timedOut = true;
        child.kill('SIGKILL');
      }, timeoutMs);
      let line = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        const lines = (line + text).split('\n');
        line = lines.pop() ?? '';
        for (const each of lines) {
          log.add(each);
          receive.log?.(each);
        }
      });
      child.stdout.on('data', (chunk: Buffer) => receive.output(chunk));
      child.on('error', (error) => {
        clearTimeout(timer);
        // Out of processes, files or memory, it may start the next time.
        const { code } = VideoError.from(error, path, 'decoder-unavailable');
        reject(new VideoError(code, path, `${this.#command} does not start: ${error.message}`));
      });
      child.on('close', (code) => {
        clearTimeout(timer);
        if (line) log.add(line);
        resolve({ exitCode: code ?? undefined, log: log.lines(), timedOut, input });
      });
    });
  }

  async close(): Promise<void> {}
}
