import { execFile, spawnSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { inputArguments } from '../containers.js';
import type { DecoderName } from '../decoders/decoder.js';
import { argumentsForVersion } from '../ffmpeg-version.js';
import { runFfmpeg } from '../run-ffmpeg.js';
import { copySource } from '../sources/copy-source.js';
import { sourceArguments } from '../sources/source-location.js';
import type { VideoInfo } from '../video.js';
import { VideoError } from '../video-error.js';
import { PrepareError } from './prepare-error.js';

/** What a copy of a video is like. */
export interface TranscodeSettings {
  /** The shorter side of the copy in pixels; smaller videos keep their size. */
  shortSide: number;
  /** Frames between two key frames. */
  gop: number;
  /** x264's constant rate factor, 0 (lossless) to 51. */
  crf: number;
}

/** Makes a training-friendly copy of a video; the copy appears only when it is whole. */
export interface Transcoder {
  /** For messages. */
  name: 'ffmpeg' | 'ffmpeg.wasm';
  /** The decoder that is the same FFmpeg. */
  decoder: DecoderName;
  /** @param source what `openVideo` says of the input: the copy holds the frames that it decodes, upright */
  transcode(source: VideoInfo, output: string, settings: TranscodeSettings, timeoutMs: number): Promise<void>;
}

/** An installed ffmpeg that has x264. */
interface CommandLineFfmpeg {
  command: string;
  version: string;
}

const run = promisify(execFile);

/**
 * The installed FFmpeg (`FFMPEG_PATH`, else the PATH) where it is there and has x264, which is several times faster; else
 * the one that comes along.
 *
 * @throws PrepareError when the installed one is asked for and cannot be used
 */
export function chooseTranscoder(wanted: 'auto' | 'cli' | 'wasm' = 'auto'): Transcoder {
  if (wanted === 'wasm') return embeddedTranscoder;
  const found = findFfmpeg();
  if (found) return commandLineTranscoder(found);
  if (wanted === 'auto') return embeddedTranscoder;
  throw new PrepareError(
    'ffmpeg',
    `${ffmpegCommand()} does not start or has no libx264`,
    "install FFmpeg, set FFMPEG_PATH, or take the one that comes along, 'wasm'",
  );
}

function ffmpegCommand(): string {
  return process.env.FFMPEG_PATH || 'ffmpeg';
}

function findFfmpeg(): CommandLineFfmpeg | undefined {
  const command = ffmpegCommand();
  const { status, stdout, stderr } = spawnSync(command, ['-encoders'], { encoding: 'utf8', timeout: 10_000 });
  if (status !== 0 || !stdout.includes('libx264')) return undefined;
  return { command, version: /^ffmpeg version (\S+)/m.exec(stderr)?.[1] ?? '' };
}

const embeddedTranscoder: Transcoder = {
  name: 'ffmpeg.wasm',
  decoder: 'wasm',
  async transcode(source, output, settings, timeoutMs) {
    const input = inputArguments('input');
    const args = ['-v', 'error', ...encoding(source, input, settings), '-threads', '1', 'output.mp4'];
    await runFfmpeg(args, { inputs: { input: source.path }, outputs: { 'output.mp4': output }, timeoutMs });
  },
};

function commandLineTranscoder({ command, version }: CommandLineFfmpeg): Transcoder {
  return {
    name: 'ffmpeg',
    decoder: 'cli',
    async transcode(source, output, settings, timeoutMs) {
      const partial = `${output}.${process.pid}.partial.mp4`;
      const fetched = `${output}.${process.pid}.source`;
      const begun = performance.now();
      try {
        // FFmpeg's own http takes an answer that is cut short for the end of the film.
        const isRemote = /^https?:/i.test(source.path);
        if (isRemote) await copySource(source.path, fetched, { timeoutMs });
        const input = sourceArguments(isRemote ? fetched : source.path);
        const coding = argumentsForVersion(encoding(source, input, settings), version);
        const args = ['-v', 'error', '-nostdin', '-y', ...coding, '-threads', '1', `file:${partial}`];
        await run(command, args, { timeout: Math.ceil(Math.max(1, timeoutMs - (performance.now() - begun))) });
        renameSync(partial, output);
      } catch (error) {
        rmSync(partial, { force: true });
        if (error instanceof VideoError) throw error;
        const said = String((error as { stderr?: unknown }).stderr ?? '')
          .replaceAll(`${source.path}: `, '')
          .trim();
        throw new Error(said === '' ? (error as Error).message : said.split('\n').slice(-3).join('; '));
      } finally {
        rmSync(fetched, { force: true });
      }
    },
  };
}

/** Ticks a second of the copy's clock: whole numbers of them make a frame at every common rate, NTSC's included. */
const CLOCK = 120_000;

/** The video stream that decoders read, upright, every frame with its own time stamp, H.264 4:2:0, no sound. */
function encoding(source: VideoInfo, input: readonly string[], { shortSide, gop, crf }: TranscodeSettings): string[] {
  return [
    // FFmpeg's own turning and scaling depend on its version, and start anew where pictures change size.
    // Left edges are cut where their stream says, as decoders do.
    ...['-flags', '+unaligned', '-noautorotate', '-reinit_filter', '0', ...input],
    // Up to version 6, FFmpeg hands on what the file asks for, unless the pictures come from a graph with two inputs.
    ...['-filter_complex', `[0:${source.stream}]${filters(source, shortSide).join(',')};[0:${source.stream}]nullsink`],
    ...['-an', '-sn', '-dn', '-fps_mode', 'passthrough', '-enc_time_base', `1/${CLOCK}`],
    ...['-c:v', 'libx264', '-preset', 'fast', '-pix_fmt', 'yuv420p', '-crf', String(crf)],
    ...['-g', String(gop), '-movflags', '+faststart'],
  ];
}

/** Scales to even sides, brings upright, and forgets what the file asked for: the copy has it done. */
function filters(source: VideoInfo, shortSide: number): string[] {
  const { width, height } = copySize(source, shortSide);
  const isGray = /^(gray|ya\d)/.test(source.pixelFormat);
  const sideways = source.rotation === 90 || source.rotation === 270;
  return [
    // Grey stands for itself, whatever range the stream names.
    `scale=w=${sideways ? height : width}:h=${sideways ? width : height}:flags=bicubic${isGray ? ':in_range=full:out_range=limited' : ''}`,
    ...(source.mirrored ? ['hflip'] : []),
    ...{ 0: [], 90: ['transpose=clock'], 180: ['hflip', 'vflip'], 270: ['transpose=cclock'] }[source.rotation],
    'sidedata=mode=delete:type=DISPLAYMATRIX',
  ];
}

/** The upright size with an even short side, the given one or the video's own, and the same shape. */
function copySize({ width, height }: VideoInfo, shortSide: number): { width: number; height: number } {
  const even = (length: number) => Math.max(2, 2 * Math.round(length / 2));
  const short = Math.max(2, 2 * Math.floor(Math.min(shortSide, width, height) / 2));
  const long = even((short * Math.max(width, height)) / Math.min(width, height));
  return width > height ? { width: long, height: short } : { width: short, height: long };
}
