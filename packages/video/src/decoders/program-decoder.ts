import { requireMovingPictures } from '../containers.js';
import { decodedFrames, failureReason, type ShownPicture, shownColor, shownPicture } from '../ffmpeg-log.js';
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
import { packetArguments, parsePackets } from '../packet-list.js';
import { frameBytes, handoverFormat } from '../pixel-format.js';
import {
  bestStream,
  type DescribedVideoStream,
  descriptionArguments,
  type FileDescription,
  parseDescription,
} from '../stream-description.js';
import { type PictureColor, streamPicture } from '../stream-picture.js';
import { TimeSequence } from '../time-sequence.js';
import { VideoError } from '../video-error.js';
import { type DecodedPicture, packedPicture } from '../yuv-to-rgb.js';
import type { DecodeOutcome, Decoder, DecoderName } from './decoder.js';
import type { FfmpegProgram, ProbeRun, ProgramReceivers, ProgramRun, SkippablePackets } from './ffmpeg-program.js';
import { openFailure, streamFailure } from './file-failure.js';
import { FrameSplitter } from './frame-splitter.js';
import { TextCollector } from './text-collector.js';

/** Decoding by runs of the ffmpeg program: one lists a file's packets, others write the frames a selection keeps. */
export class ProgramDecoder implements Decoder {
  readonly name: DecoderName;
  readonly demuxer: string;
  readonly #program: FfmpegProgram;
  readonly #look: (path: string) => PacketTable | undefined;
  readonly #countFrames: boolean;
  /** The filter whose lines in the log are believed. */
  readonly #shown = `showinfo@${Math.random().toString(36).slice(2)}`;
  /** Frames that came out of the codec during the current `decode`. */
  #decoded = 0;

  /**
   * @param look looks at a source before FFmpeg does: throws a `VideoError` when it cannot be read, and returns its
   * packets where they are known without demuxing
   * @param countFrames count decoded frames, which FFmpeg only tells in a more talkative log
   */
  constructor(program: FfmpegProgram, look: (path: string) => PacketTable | undefined, countFrames = false) {
    this.name = program.name;
    this.demuxer = program.demuxer;
    this.#program = program;
    this.#look = look;
    this.#countFrames = countFrames;
  }

  async index(path: string, timeoutMs: number): Promise<PacketIndex> {
    const table = this.#look(path);
    const described = await this.#probe(path, descriptionArguments, timeoutMs);
    const description = parseDescription(described.output);
    if (!description) throw openFailure(described.log, described.input, path);
    const stream = this.#videoStream(description, described, path);
    const { bitRate: _bitRate, isDefault: _isDefault, ...facts } = stream;
    const isComplete = table && tableMatches(table, stream) && description.videoStreams.length === 1;
    const { packets, layout } = isComplete ? table : await this.#packets(path, stream.stream, timeoutMs);
    requireMovingPictures(packets, stream.container, path);
    const found = buildPacketIndex(facts, packets);
    const index = changesParameters(found, packets)
      ? { ...found, ...(await this.#firstSize(path, found, timeoutMs)) }
      : found;
    const doubtful = doubtfulStart(packets);
    if (doubtful === 0) return this.#usesLayout(index) ? { ...index, layout } : index;
    return withoutLostFrames(index, await this.#firstTimes(path, index, doubtful, timeoutMs));
  }

  async #packets(path: string, stream: number, timeoutMs: number): Promise<Omit<PacketTable, 'timeBase'>> {
    const run = await this.#probe(path, (input) => packetArguments(input, stream), timeoutMs);
    return parsePackets(run.output);
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
    const remaining = () => Math.max(1, deadline - performance.now());
    const fromStart = (selection: FrameSelection) =>
      this.#decodeSelection(path, index, selection, indices.length, remaining(), onPicture);
    let lost: number | undefined;
    if (times) {
      const selection = { ...selectByTime(index, times, indices), seek: undefined };
      if ((await fromStart(selection)) === indices.length) return this.#outcome(seeking);
      lost = await this.#firstLost(path, index, times, indices, remaining());
    }
    lost ??= indices[await fromStart(selectByCount(indices))];
    if (lost === undefined) return this.#outcome(seeking);
    throw new VideoError('decode-failed', path, `frame ${lost} of ${index.frames} does not decode`);
  }

  /**
   * The first wanted frame that decoding from the start leaves out; undefined where the times that come out are not
   * those of the index, so that frames can only be counted.
   */
  async #firstLost(
    path: string,
    index: PacketIndex,
    times: Float64Array,
    indices: ArrayLike<number>,
    timeoutMs: number,
  ): Promise<number | undefined> {
    const found = await this.#firstTimes(path, index, indices[indices.length - 1]! + 1, timeoutMs);
    const sequence = new TimeSequence(times);
    if (!found.every((time) => sequence.continuesWith(time))) return undefined;
    return Array.from(indices).find((i) => !found.includes(times[i]!));
  }

  #outcome(seekFailed: boolean): DecodeOutcome {
    return { seekFailed, decoded: this.#countFrames ? this.#decoded : undefined };
  }

  close(): Promise<void> {
    return this.#program.close();
  }

  /** Only H.264 in mp4 and mov, whose packets are rows of units with 4-byte lengths. */
  #usesLayout({ container, codec, linear }: PacketIndex): boolean {
    return this.#program.skipsPackets && !linear && codec === 'h264' && /\bmov\b/.test(container);
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
      output: () => {},
      log: (line: string) => {
        const { width, height } = shownPicture(line, this.#shown) ?? {};
        if (width && height) size = { width, height };
      },
    };
    const makeArguments = (input: readonly string[], output: string) =>
      decodeArguments(index, selectByCount([0]), 1, 'rgb24', input, output, false, 'repeat+info', this.#shown);
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
    const frames = new FrameSplitter<ShownPicture>((data, position, { width, height, interlaced, ...color }) => {
      if (position >= count) return;
      const picture = { ...packedPicture(data, format, width, height), interlaced };
      onPicture(streamPicture(picture, color, index), position);
    });
    let shown: ShownPicture | undefined;
    const announce = (color?: PictureColor) => {
      if (shown) frames.announce(frameBytes(format, shown.width, shown.height), { ...shown, ...color });
      shown = undefined;
    };
    let decoded = 0;
    const receive = {
      output: (chunk: Uint8Array) => frames.add(chunk),
      log: (line: string) => {
        const next = shownPicture(line, this.#shown);
        const color = shownColor(line, this.#shown);
        if (next || color) announce(color);
        if (next) shown = next;
        // The sum is at the end of the log, behind all that a file may say in words.
        decoded = decodedFrames(line) ?? decoded;
      },
    };
    const level = this.#countFrames ? 'repeat+verbose' : 'repeat+info';
    const makeArguments = (input: readonly string[], output: string) =>
      decodeArguments(index, selection, count, format.name, input, output, skip !== undefined, level, this.#shown);
    const run = await this.#run(path, makeArguments, receive, timeoutMs, skip);
    announce();
    this.#decoded += decoded;
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

  async #probe(
    path: string,
    makeArguments: (input: readonly string[]) => string[],
    timeoutMs: number,
  ): Promise<ProbeRun> {
    const run = await this.#program.probe(path, makeArguments, timeoutMs);
    if (run.timedOut) throw new VideoError('timeout', path, `no result within ${Math.round(timeoutMs)} ms`);
    return run;
  }

  /** @throws VideoError `no-video-stream`; `unsupported-codec` where this program has no decoder for it */
  #videoStream({ videoStreams, streamCount }: FileDescription, run: ProbeRun, path: string): DescribedVideoStream {
    const stream = bestStream(videoStreams);
    if (!stream) {
      throw new VideoError('no-video-stream', path, `no video stream among the ${streamCount} streams of the file`);
    }
    const { codec, pixelFormat, width } = stream;
    const lacksAv1 = codec === 'av1' && this.name === 'wasm';
    if (codec !== 'unknown' && pixelFormat !== 'none' && width > 0 && !lacksAv1) return stream;
    const reason = lacksAv1 ? 'this FFmpeg has no AV1 decoder' : failureReason(run.log, run.input, path);
    throw new VideoError('unsupported-codec', path, `${reason}: ${this.#program.codecAdvice}`);
  }
}

function tableMatches({ timeBase, packets }: PacketTable, stream: DescribedVideoStream): boolean {
  const [numerator, denominator] = stream.timeBase;
  return timeBase[0] === numerator && timeBase[1] === denominator && doubtfulStart(packets) === 0;
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
 * Writes the selected frames of the stream as raw pictures, each in its own size, and logs what they are like. The filters are never started anew,
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
  shown: string,
): string[] {
  const filter = `select='${select}',scale=eval=frame,${shown}=checksum=0`;
  return [
    ...['-hide_banner', '-nostats', '-v', level, '-copyts', '-threads', '1'],
    // A skipped packet counts as one that does not decode.
    ...(skipping ? ['-max_error_rate', '1'] : []),
    ...(seek === undefined ? [] : ['-ss', seek.toFixed(6), '-noaccurate_seek']),
    // Pictures are cut exactly where their stream says: otherwise a left edge comes back up to 63 columns wider.
    ...['-flags', '+unaligned', '-noautorotate', '-reinit_filter', '0', ...input, '-map', `0:${index.stream}`],
    ...['-vf', filter, '-noautoscale', '-fps_mode', 'passthrough', '-frames:v', String(count)],
    ...['-f', 'rawvideo', '-pix_fmt', format, output],
  ];
}
