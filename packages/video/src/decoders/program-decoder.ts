import {
  bestStream,
  decodedFrames,
  failureReason,
  type LoggedVideoStream,
  parseVideoStreams,
  type ShownPicture,
  shownPicture,
} from '../ffmpeg-log.js';
import { parsePacketList } from '../frame-checksums.js';
import { type FrameSelection, selectByCount, selectByTime } from '../frame-selection.js';
import type { PacketTable } from '../mp4/packet-table.js';
import {
  buildPacketIndex,
  changesParameters,
  doubtfulStart,
  type PacketIndex,
  withoutLostFrames,
} from '../packet-index.js';
import { pictureAtSize } from '../picture-size.js';
import { frameBytes, handoverFormat } from '../pixel-format.js';
import { VideoError } from '../video-error.js';
import type { PacketLayout } from '../wasm/packet-layout.js';
import { type DecodedPicture, packedPicture } from '../yuv-to-rgb.js';
import type { DecodeOutcome, Decoder, DecoderName } from './decoder.js';
import type { FfmpegProgram, ProgramReceivers, ProgramRun, SkippablePackets } from './ffmpeg-program.js';
import { openFailure, readFailure, streamFailure } from './file-failure.js';
import { FrameSplitter } from './frame-splitter.js';
import { TextCollector } from './text-collector.js';

/** Decoding by runs of the ffmpeg program: one lists a file's packets, others write the frames a selection keeps. */
export class ProgramDecoder implements Decoder {
  readonly name: DecoderName;
  readonly #program: FfmpegProgram;
  readonly #look: (path: string) => PacketTable | undefined;
  readonly #countFrames: boolean;
  /** Frames that came out of the codec during the current `decode`. */
  #decoded = 0;

  /**
   * @param look looks at a source before FFmpeg does: throws a `VideoError` when it cannot be read, and returns its
   * packets where they are known without demuxing
   * @param countFrames count decoded frames, which FFmpeg only tells in a more talkative log
   */
  constructor(program: FfmpegProgram, look: (path: string) => PacketTable | undefined, countFrames = false) {
    this.name = program.name;
    this.#program = program;
    this.#look = look;
    this.#countFrames = countFrames;
  }

  async index(path: string, timeoutMs: number): Promise<PacketIndex> {
    const table = this.#look(path);
    const fromTable = table && (await this.#indexFromTable(path, table, timeoutMs));
    if (fromTable) return fromTable;
    const text = new TextCollector();
    const run = await this.#run(path, packetListArguments, { output: (chunk) => text.add(chunk) }, timeoutMs);
    const streams = parseVideoStreams(run.log);
    const stream = bestStream(streams);
    if (run.exitCode !== 0 || !stream) throw openFailure(run.log, run.input, path);
    const cut = readFailure(run.log, run.input, path);
    if (cut) throw cut;
    this.#requireDecoder(stream, run, path);
    const list = parsePacketList(text.toString())[streams.indexOf(stream)];
    if (!list || list.packets.length === 0) {
      throw new VideoError('zero-frames', path, 'the video stream holds no packet');
    }
    const { bitRate: _bitRate, isDefault: _isDefault, ...description } = stream;
    const described = buildPacketIndex({ ...description, timeBase: list.timeBase }, list.packets);
    const index = changesParameters(described, list.packets)
      ? { ...described, ...(await this.#firstSize(path, described, timeoutMs)) }
      : described;
    const doubtful = doubtfulStart(list.packets);
    if (doubtful === 0) return { ...index, layout: await this.#layout(path, index, timeoutMs) };
    return withoutLostFrames(index, await this.#firstTimes(path, index, doubtful, timeoutMs));
  }

  /** The index of a file whose packets are known: FFmpeg only describes the stream, and reads no media data. */
  async #indexFromTable(path: string, table: PacketTable, timeoutMs: number): Promise<PacketIndex | undefined> {
    const run = await this.#run(path, describeArguments, { output() {} }, timeoutMs);
    const [stream, ...others] = parseVideoStreams(run.log);
    if (!stream || others.length > 0 || doubtfulStart(table.packets) > 0) return undefined;
    this.#requireDecoder(stream, run, path);
    const { bitRate: _bitRate, isDefault: _isDefault, ...description } = stream;
    const index = buildPacketIndex({ ...description, timeBase: table.timeBase }, table.packets);
    return this.#usesLayout(index) ? { ...index, layout: table.layout } : index;
  }

  async decode(
    path: string,
    index: PacketIndex,
    indices: ArrayLike<number>,
    timeoutMs: number,
    onPicture: (picture: DecodedPicture, position: number) => void,
  ): Promise<DecodeOutcome> {
    const deadline = performance.now() + timeoutMs;
    this.#decoded = 0;
    const { times } = index;
    const seeking = times !== undefined && !index.linear;
    if (seeking) {
      const selection = selectByTime(index, times, indices);
      const skip = skippable(index, times, indices, selection);
      const found = await this.#decodeSelection(path, index, selection, indices.length, timeoutMs, onPicture, skip);
      if (found === indices.length) return this.#outcome(false);
    }
    const remaining = Math.max(1, deadline - performance.now());
    const selection = selectByCount(indices);
    const found = await this.#decodeSelection(path, index, selection, indices.length, remaining, onPicture);
    if (found !== indices.length) {
      throw new VideoError('decode-failed', path, `frame ${indices[found]} of ${index.frames} does not decode`);
    }
    return this.#outcome(seeking);
  }

  #outcome(seekFailed: boolean): DecodeOutcome {
    return { seekFailed, decoded: this.#countFrames ? this.#decoded : undefined };
  }

  accepts(index: PacketIndex): boolean {
    if (index.codec === 'av1' && this.name === 'wasm') return false;
    return !this.#usesLayout(index) || index.layout !== undefined;
  }

  close(): Promise<void> {
    return this.#program.close();
  }

  /** Only H.264 in mp4 and mov, whose packets are rows of units with 4-byte lengths. */
  #usesLayout({ container, codec, linear }: PacketIndex): boolean {
    return this.#program.packetLayout !== undefined && !linear && codec === 'h264' && /\bmov\b/.test(container);
  }

  async #layout(path: string, index: PacketIndex, timeoutMs: number): Promise<PacketLayout | undefined> {
    return this.#usesLayout(index) ? this.#program.packetLayout?.(path, index.stream, timeoutMs) : undefined;
  }

  /** Presentation times of the first `count` frames that decoding from the start gives. */
  async #firstTimes(
    path: string,
    index: PacketIndex,
    count: number,
    timeoutMs: number,
  ): Promise<(number | undefined)[]> {
    const text = new TextCollector();
    const makeArguments = (input: readonly string[], output: string) => frameListArguments(index, count, input, output);
    const run = await this.#run(path, makeArguments, { output: (chunk) => text.add(chunk) }, timeoutMs);
    const list = parsePacketList(text.toString())[0];
    if (!list || list.packets.length === 0) throw streamFailure(run.log, run.input, path);
    return list.packets.map(({ time }) => time);
  }

  async #firstSize(path: string, index: PacketIndex, timeoutMs: number): Promise<{ width: number; height: number }> {
    let size: { width: number; height: number } | undefined;
    const receive = {
      output() {},
      log(line: string) {
        const { width, height } = shownPicture(line) ?? {};
        if (width && height) size = { width, height };
      },
    };
    const makeArguments = (input: readonly string[], output: string) =>
      decodeArguments(index, selectByCount([0]), 1, 'rgb24', input, output, false, 'repeat+info');
    const run = await this.#run(path, makeArguments, receive, timeoutMs);
    if (!size) throw streamFailure(run.log, run.input, path);
    return size;
  }

  /** Returns how many of the wanted pictures came out. */
  async #decodeSelection(
    path: string,
    index: PacketIndex,
    selection: FrameSelection,
    count: number,
    timeoutMs: number,
    onPicture: (picture: DecodedPicture, position: number) => void,
    skip?: SkippablePackets,
  ): Promise<number> {
    const format = handoverFormat(index.pixelFormat);
    // What the pictures are like is in the log, of which a line may come later than its picture.
    const frames = new FrameSplitter<ShownPicture>((data, position, { width, height, interlaced }) => {
      if (position >= count) return;
      const picture = { ...packedPicture(data, format, width, height), interlaced };
      onPicture(pictureAtSize(picture, index.width, index.height), position);
    });
    const receive = {
      output: (chunk: Uint8Array) => frames.add(chunk),
      log: (line: string) => {
        const shown = shownPicture(line);
        if (shown) frames.announce(frameBytes(format, shown.width, shown.height), shown);
        if (this.#countFrames) this.#decoded += decodedFrames(line) ?? 0;
      },
    };
    const level = this.#countFrames ? 'repeat+verbose' : 'repeat+info';
    const makeArguments = (input: readonly string[], output: string) =>
      decodeArguments(index, selection, count, format.name, input, output, skip !== undefined, level);
    const run = await this.#run(path, makeArguments, receive, timeoutMs, skip);
    if (run.exitCode !== 0 && frames.count < count && selection.seek === undefined) {
      throw streamFailure(run.log, run.input, path);
    }
    if (!frames.complete) throw new VideoError('decode-failed', path, 'FFmpeg stopped in the middle of a picture');
    return frames.count;
  }

  async #run(
    path: string,
    makeArguments: (input: readonly string[], output: string) => string[],
    receive: ProgramReceivers,
    timeoutMs: number,
    skip?: SkippablePackets,
  ): Promise<ProgramRun> {
    const run = await this.#program.run(path, makeArguments, receive, timeoutMs, skip);
    if (run.timedOut) throw new VideoError('timeout', path, `no result within ${Math.round(timeoutMs)} ms`);
    return run;
  }

  #requireDecoder(stream: LoggedVideoStream, run: ProgramRun, path: string): void {
    const { codec, pixelFormat, width } = stream;
    if (codec !== 'none' && pixelFormat !== 'none' && width > 0 && !(codec === 'av1' && this.name === 'wasm')) return;
    const reason = codec === 'av1' ? 'this FFmpeg has no AV1 decoder' : failureReason(run.log, run.input, path);
    throw new VideoError('unsupported-codec', path, `${reason}: ${this.#program.codecAdvice}`);
  }
}

function skippable(
  { layout }: PacketIndex,
  times: Float64Array,
  indices: ArrayLike<number>,
  { seekTime }: FrameSelection,
): SkippablePackets | undefined {
  if (!layout || seekTime === undefined) return undefined;
  const wanted = new Set(Array.from({ length: indices.length }, (_, i) => times[indices[i]!]!));
  return { layout, wanted, seekTime };
}

/** Only describes the input; FFmpeg then complains that there is nothing to do. */
function describeArguments(input: readonly string[]): string[] {
  return ['-hide_banner', '-v', 'repeat+info', ...input];
}

/** Lists every packet of every video stream that is not a cover picture, without decoding. */
function packetListArguments(input: readonly string[], output: string): string[] {
  return [
    ...['-hide_banner', '-nostats', '-v', 'repeat+info', '-copyts', ...input],
    ...['-map', '0:V', '-c', 'copy', '-copyinkf', '-f', 'framecrc', output],
  ];
}

/** Lists the first frames that come out of the decoder. */
function frameListArguments(index: PacketIndex, count: number, input: readonly string[], output: string): string[] {
  const timeBase = index.timeBase.join('/');
  return [
    ...['-hide_banner', '-nostats', '-v', 'error', '-copyts', '-threads', '1', '-noautorotate', ...input],
    ...[
      '-map',
      `0:${index.stream}`,
      '-fps_mode',
      'passthrough',
      '-enc_time_base',
      timeBase,
      '-frames:v',
      String(count),
    ],
    ...['-c:v', 'rawvideo', '-f', 'framecrc', output],
  ];
}

/**
 * Writes the selected frames of the stream as raw pictures, each in its own size. The filters are never started anew,
 * as FFmpeg otherwise does when the size changes: `select` would count from 0 again.
 */
function decodeArguments(
  index: PacketIndex,
  { seek, select }: FrameSelection,
  count: number,
  format: string,
  input: readonly string[],
  output: string,
  skipping: boolean,
  level: string,
): string[] {
  const filter = `select='${select}',showinfo=checksum=0,scale=eval=frame`;
  return [
    ...['-hide_banner', '-nostats', '-v', level, '-copyts', '-threads', '1'],
    // A skipped packet counts as one that does not decode.
    ...(skipping ? ['-max_error_rate', '1'] : []),
    ...(seek === undefined ? [] : ['-ss', seek.toFixed(6), '-noaccurate_seek']),
    ...['-noautorotate', '-reinit_filter', '0', ...input, '-map', `0:${index.stream}`],
    ...['-vf', filter, '-noautoscale', '-fps_mode', 'passthrough', '-frames:v', String(count)],
    ...['-f', 'rawvideo', '-pix_fmt', format, output],
  ];
}
