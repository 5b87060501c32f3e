import { spawn } from 'node:child_process';
import { basename, dirname, join } from 'node:path';
import { BoundedLog } from '../bounded-log.js';
import { argumentsForVersion } from '../ffmpeg-version.js';
import { serveSource } from '../sources/serve-source.js';
import { ffmpegInput, sourceArguments } from '../sources/source-location.js';
import { VideoError } from '../video-error.js';
import type { FfmpegProgram, ProbeRun, ProgramReceivers, ProgramRun } from './ffmpeg-program.js';
import { TextCollector } from './text-collector.js';

/** What is known of an installed ffmpeg. */
export interface CommandLineFfmpeg {
  command: string;
  /** The `ffprobe` that belongs to it. */
  probeCommand: string;
  /** As the program prints it, e.g. `5.1.6-0+deb12u1`. */
  version: string;
}

/**
 * Looks for the `ffmpeg` and `ffprobe` commands: the one named by the environment variable `FFMPEG_PATH` and the one
 * beside it, else those on the PATH.
 * @throws VideoError `decoder-unavailable`
 */
export async function findCommandLineFfmpeg(): Promise<CommandLineFfmpeg> {
  const command = process.env.FFMPEG_PATH || 'ffmpeg';
  const version = await versionOf(command, 'ffmpeg');
  // A name without a folder is looked for on the PATH.
  const beside = join(dirname(command), basename(command).replace('ffmpeg', 'ffprobe'));
  const candidates = basename(command) === command ? ['ffprobe'] : [beside, 'ffprobe'];
  for (const [i, probeCommand] of candidates.entries()) {
    try {
      await versionOf(probeCommand, 'ffprobe');
      return { command, probeCommand, version };
    } catch (error) {
      if (i === candidates.length - 1) throw error;
    }
  }
  throw new VideoError('decoder-unavailable', command, 'there is no ffprobe');
}

/** @throws VideoError `decoder-unavailable` */
async function versionOf(command: string, program: 'ffmpeg' | 'ffprobe'): Promise<string> {
  const run = await runProcess(command, ['-version'], 10_000).catch((error: Error) => ({ failure: error.message }));
  const version = 'failure' in run ? undefined : new RegExp(`${program} version (\\S+)`).exec(run.output)?.[1];
  if (version !== undefined) return version;
  const reason = 'failure' in run ? run.failure : 'it does not tell its version';
  const remedy = "install FFmpeg from your system's packages (ffmpeg and ffprobe) or set FFMPEG_PATH";
  throw new VideoError('decoder-unavailable', command, `${reason}; ${remedy}`);
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

/** The `ffmpeg` and `ffprobe` commands as a child process per run. */
export class CommandLineProgram implements FfmpegProgram {
  readonly name = 'cli';
  readonly demuxer: string;
  readonly skipsPackets = false;
  readonly codecAdvice = 'install a newer FFmpeg or the native decoder (npm install node-av@6.1.1)';
  readonly #command: string;
  readonly #probeCommand: string;
  readonly #version: string;

  constructor({ command, probeCommand, version }: CommandLineFfmpeg) {
    this.#command = command;
    this.#probeCommand = probeCommand;
    this.demuxer = `cli ${version}`;
    this.#version = version;
  }

  run(
    path: string,
    makeArguments: (input: readonly string[], output: string) => string[],
    receive: ProgramReceivers,
    timeoutMs: number,
  ): Promise<ProgramRun> {
    return withSource(path, (source) => {
      const args = argumentsForVersion(makeArguments(sourceArguments(source), 'pipe:1'), this.#version);
      return execute(this.#command, ['-nostdin', ...args], source, path, receive, timeoutMs);
    });
  }

  async probe(
    path: string,
    makeArguments: (input: readonly string[]) => string[],
    timeoutMs: number,
  ): Promise<ProbeRun> {
    const output = new TextCollector();
    const receive = { output: (chunk: Uint8Array) => output.add(chunk) };
    const run = await withSource(path, (source) =>
      execute(this.#probeCommand, makeArguments(sourceArguments(source)), source, path, receive, timeoutMs),
    );
    return { ...run, output: output.toString() };
  }

  async close(): Promise<void> {}
}

/**
 * Gives `use` an address that stands for the source: the command takes a read that the disk fails, and an answer of a
 * server that is cut short, for the end of the file.
 */
async function withSource<T>(path: string, use: (source: string) => Promise<T>): Promise<T> {
  const served = await serveSource(path);
  try {
    return await use(served.address);
  } finally {
    served.close();
  }
}

/** Runs a command whose arguments open `source`, which stands for `path`; what it prints goes to `receive`. */
function execute(
  command: string,
  args: string[],
  source: string,
  path: string,
  receive: ProgramReceivers,
  timeoutMs: number,
): Promise<ProgramRun> {
  const { input } = ffmpegInput(source);
  const log = new BoundedLog();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
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
      reject(new VideoError(code, path, `${command} does not start: ${error.message}`));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (line) log.add(line);
      resolve({ exitCode: code ?? undefined, log: log.lines(), timedOut, input });
    });
  });
}
