import { extname } from 'node:path';
import { bestStream, failureReason, type LoggedVideoStream, parseVideoStreams } from '../ffmpeg-log.js';
import { parsePacketList } from '../frame-checksums.js';
import { type FrameSelection, selectByCount, selectByTime } from '../frame-selection.js';
import { buildPacketIndex, type PacketIndex } from '../packet-index.js';
import { frameBytes, handoverFormat } from '../pixel-format.js';
import { VideoError } from '../video-error.js';
import type { CompiledFfmpeg } from '../wasm/core-module.js';
import { FfmpegInstance, type FfmpegRun } from '../wasm/ffmpeg-instance.js';
import { diskFile, sinkFile, type VirtualFile } from '../wasm/virtual-files.js';
import { type DecodedPicture, packedPicture } from '../yuv-to-rgb.js';
import type { Decoder } from './decoder.js';
import { openFailure, requireReadableFile, streamFailure, truncation } from './file-failure.js';

const OUTPUT = 'output';
const NO_DECODER_ADVICE =
  'install the native decoder (npm install node-av@6.1.1) or an ffmpeg that has it, and use decoder "native" or "cli"';

/** FFmpeg's own name for the input inside the instance; the extension helps it to recognise raw streams. */
function inputName(path: string): string {
  const extension = extname(path).toLowerCase();
  return /^\.[a-z0-9]{1,8}$/.test(extension) ? `input${extension}` : 'input';
}

/** The embedded decoder: ffmpeg.wasm, no system dependency. It has no AV1. */
export class WasmDecoder implements Decoder {
  readonly name = 'wasm';
  readonly #ffmpeg: FfmpegInstance;
  /** Files whose frames are not all found after a seek (open GOP, intra refresh): counted from the start instead. */
  readonly #linear = new Set<string>();

  constructor(module: CompiledFfmpeg) {
    this.#ffmpeg = new FfmpegInstance(module);
  }

  async index(path: string, timeoutMs: number): Promise<PacketIndex> {
    requireReadableFile(path);
    const name = inputName(path);
    const chunks: Uint8Array[] = [];
    const sink = sinkFile((chunk) => chunks.push(chunk.slice()));
    const args = [
      ...['-hide_banner', '-nostats', '-v', 'repeat+info', '-copyts', '-i', name],
      ...['-map', '0:V', '-c', 'copy', '-copyinkf', '-f', 'framecrc', OUTPUT],
    ];
    const run = await this.#run(path, args, { [name]: openDiskFile(path), [OUTPUT]: sink }, timeoutMs);
    const streams = parseVideoStreams(run.log);
    const stream = bestStream(streams);
    if (run.exitCode !== 0 || !stream) throw openFailure(run.log, name, path);
    const cut = truncation(run.log, name, path);
    if (cut) throw cut;
    this.#requireDecoder(stream, run, name, path);
    const list = parsePacketList(Buffer.concat(chunks).toString('latin1'))[streams.indexOf(stream)];
    if (!list || list.packets.length === 0) {
      throw new VideoError('zero-frames', path, 'the video stream holds no packet');
    }
    const { bitRate: _bitRate, isDefault: _isDefault, ...description } = stream;
    return buildPacketIndex({ ...description, timeBase: list.timeBase }, list.packets);
  }

  async decode(
    path: string,
    index: PacketIndex,
    indices: ArrayLike<number>,
    timeoutMs: number,
    onPicture: (picture: DecodedPicture, position: number) => void,
  ): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    const { times } = index;
    if (times && !this.#linear.has(path)) {
      const selection = selectByTime(index, times, indices);
      const found = await this.#decodeSelection(path, index, selection, indices.length, timeoutMs, onPicture);
      if (found === indices.length) return;
      this.#linear.add(path);
    }
    const remaining = Math.max(1, deadline - performance.now());
    const found = await this.#decodeSelection(
      path,
      index,
      selectByCount(indices),
      indices.length,
      remaining,
      onPicture,
    );
    if (found !== indices.length) {
      throw new VideoError('decode-failed', path, `frame ${indices[found]} of ${index.frames} does not decode`);
    }
  }

  async close(): Promise<void> {}

  /** Returns how many of the wanted pictures came out. */
  async #decodeSelection(
    path: string,
    index: PacketIndex,
    selection: FrameSelection,
    count: number,
    timeoutMs: number,
    onPicture: (picture: DecodedPicture, position: number) => void,
  ): Promise<number> {
    const name = inputName(path);
    const format = handoverFormat(index.pixelFormat);
    const data = new Uint8Array(frameBytes(format, index.width, index.height));
    const picture = packedPicture(data, format, index.width, index.height);
    let filled = 0;
    let found = 0;
    const sink = sinkFile((chunk) => {
      for (let taken = 0; taken < chunk.length; ) {
        const part = chunk.subarray(taken, taken + data.length - filled);
        data.set(part, filled);
        filled += part.length;
        taken += part.length;
        if (filled === data.length) {
          if (found < count) onPicture(picture, found);
          found++;
          filled = 0;
        }
      }
    });
    const args = [
      ...['-hide_banner', '-nostats', '-v', 'error', '-copyts', '-threads', '1'],
      ...(selection.seek === undefined ? [] : ['-ss', selection.seek.toFixed(6), '-noaccurate_seek']),
      ...['-noautorotate', '-i', name, '-map', `0:${index.stream}`],
      ...['-vf', `select='${selection.select}'`, '-fps_mode', 'passthrough', '-frames:v', String(count)],
      ...['-f', 'rawvideo', '-pix_fmt', format.name, OUTPUT],
    ];
    const run = await this.#run(path, args, { [name]: openDiskFile(path), [OUTPUT]: sink }, timeoutMs);
    if (run.exitCode !== 0 && found < count && selection.seek === undefined) {
      throw streamFailure(run.log, name, path);
    }
    if (filled !== 0) throw new VideoError('decode-failed', path, 'the picture size changes in mid-stream');
    return found;
  }

  async #run(path: string, args: string[], files: Record<string, VirtualFile>, timeoutMs: number): Promise<FfmpegRun> {
    const run = await this.#ffmpeg.run(args, files, timeoutMs);
    if (run.timedOut) throw new VideoError('timeout', path, `no result within ${Math.round(timeoutMs)} ms`);
    return run;
  }

  #requireDecoder(stream: LoggedVideoStream, run: FfmpegRun, name: string, path: string): void {
    if (stream.codec === 'av1') {
      throw new VideoError('unsupported-codec', path, `ffmpeg.wasm has no AV1 decoder: ${NO_DECODER_ADVICE}`);
    }
    if (stream.codec === 'none' || stream.pixelFormat === 'none' || stream.width === 0) {
      throw new VideoError('unsupported-codec', path, `${failureReason(run.log, name, path)}: ${NO_DECODER_ADVICE}`);
    }
  }
}

function openDiskFile(path: string): VirtualFile {
  try {
    return diskFile(path);
  } catch (error) {
    throw VideoError.from(error, path, 'unreadable');
  }
}
