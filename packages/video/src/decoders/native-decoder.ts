import type {
  AVCodecFlag,
  AVDiscard,
  AVMediaType,
  AVPacketSideDataType,
  AVPixelFormat,
  AVSeekFlag,
  SwsFlags,
} from 'node-av/constants';
import type * as NodeAv from 'node-av/lib';
import { type ColorMatrix, colorMatrix } from '../color-tables.js';
import { isContainer, refusedFormat, requireMovingPictures } from '../containers.js';
import { type PacketTable, readPacketTable } from '../mp4/packet-table.js';
import { matrixOrientation, type Orientation } from '../orientation.js';
import {
  buildPacketIndex,
  changesParameters,
  doubtfulStart,
  type Packet,
  type PacketIndex,
  type VideoStream,
  withoutLostFrames,
} from '../packet-index.js';
import { handoverFormat, type PixelFormat } from '../pixel-format.js';
import { openSource } from '../sources/open-source.js';
import { withReadableSource } from '../sources/readable-source.js';
import { readFully } from '../sources/source-file.js';
import { bestStream } from '../stream-description.js';
import { type PictureColor, streamPicture } from '../stream-picture.js';
import { TimeSequence } from '../time-sequence.js';
import { VideoError } from '../video-error.js';
import type { DecodedPicture } from '../yuv-to-rgb.js';
import type { DecodeOutcome, Decoder } from './decoder.js';
import { NativeInput } from './native-input.js';
import { loadNodeAv } from './node-av.js';
import { NvdecDevice } from './nvdec-device.js';

// FFmpeg's public constants (libavutil, libavcodec, libavformat).
const MEDIA_TYPE_VIDEO = 0 as AVMediaType;
const DISPOSITION_DEFAULT = 0x1;
const DISPOSITION_ATTACHED_PICTURE = 0x400;
const DISCARD_ALL = 48 as AVDiscard;
const SKIP_NON_REFERENCE = '8';
const SKIP_NOTHING = '0';
const SEEK_BACKWARD = 1 as AVSeekFlag;
const SCALE_BICUBIC = 4 as SwsFlags;
const PACKET_DISCARD = 0x4;
const SIDE_DATA_NEW_EXTRADATA = 1 as AVPacketSideDataType;
const SIDE_DATA_DISPLAY_MATRIX = 5 as AVPacketSideDataType;
const COLOR_RANGE_LIMITED = 1;
const COLOR_RANGE_FULL = 2;
const COLOR_SPACE_UNSPECIFIED = 2;
const FRAME_INTERLACED = 1 << 3;
/** Pictures are cut exactly where their stream says: otherwise a left edge comes back up to 63 columns wider. */
const CODEC_FLAG_UNALIGNED = 1 as AVCodecFlag;
const NO_TIME = -(2n ** 63n);
const ERROR_INVALID_ARGUMENT = -22;
const ERROR_AGAIN = process.platform === 'darwin' ? -35 : -11;

/** Enough of a file to tell its format. */
const PROBE_BYTES = 65536;
/** Containers whose header says all a decoder needs, so that FFmpeg need not decode frames to find out. */
const SELF_DESCRIBING = /\b(mov|matroska)\b/;
const COLOR_SPACE_NAMES: Record<number, string> = {
  1: 'bt709',
  4: 'fcc',
  7: 'smpte240m',
  9: 'bt2020nc',
  10: 'bt2020c',
};

/**
 * FFmpeg's own libraries through node-av: every codec, and frames nobody wants are skipped inside the decoder. With a
 * device, what that handles is decoded on it.
 */
export class NativeDecoder implements Decoder {
  readonly name: 'native' | 'nvdec';
  readonly demuxer = 'native';
  readonly #av: typeof NodeAv;
  readonly #device: NvdecDevice | undefined;
  /** Frames that came out of the codec during the current `decode`. */
  #decoded = 0;

  private constructor(av: typeof NodeAv, device?: NvdecDevice) {
    this.#av = av;
    this.#device = device;
    this.name = device ? 'nvdec' : 'native';
  }

  /**
   * @throws VideoError `decoder-unavailable` when node-av is not installed or does not load on this machine, or when
   * there is no device
   */
  static async create(name: 'native' | 'nvdec'): Promise<NativeDecoder> {
    const av = await loadNodeAv();
    return new NativeDecoder(av, name === 'nvdec' ? NvdecDevice.open(av) : undefined);
  }

  async index(path: string, timeoutMs: number): Promise<PacketIndex> {
    const table = withReadableSource(path, readPacketTable);
    const deadline = performance.now() + timeoutMs;
    const opened = this.#open(path, true);
    const input = opened.context;
    try {
      const stream = this.#bestStream(input, path);
      const description = this.#describe(input, stream, path);
      const isComplete = table && tableMatches(table, description, Number(stream.nbFrames));
      const packets = isComplete ? table.packets : this.#readPackets(input, stream, path, deadline);
      requireMovingPictures(packets, description.container, path);
      const described = buildPacketIndex(description, packets);
      const index = changesParameters(described, packets)
        ? { ...described, ...this.#firstSize(path, described, deadline) }
        : described;
      const doubtful = doubtfulStart(packets);
      return doubtful === 0 ? index : withoutLostFrames(index, this.#firstTimes(path, index, doubtful, deadline));
    } finally {
      opened.close();
    }
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
    if (seeking && this.#decodeByTime(path, index, times, indices, deadline, onPicture)) {
      return { seekFailed: false, decoded: this.#decoded };
    }
    const byTime = times && this.#decodeTimesFromStart(path, index, times, indices, deadline, onPicture);
    const found = byTime ?? this.#decodeByCount(path, index, indices, deadline, onPicture);
    if (found !== indices.length) {
      throw new VideoError('decode-failed', path, `frame ${indices[found]} of ${index.frames} does not decode`);
    }
    return { seekFailed: seeking, decoded: this.#decoded };
  }

  async close(): Promise<void> {
    this.#device?.close();
  }

  /** Seeks and keeps frames by presentation time; false when one of them does not come out. */
  #decodeByTime(
    path: string,
    index: PacketIndex,
    times: Float64Array,
    indices: ArrayLike<number>,
    deadline: number,
    onPicture: (picture: DecodedPicture, position: number) => void,
  ): boolean {
    const wanted = new Map<number, number>();
    for (let i = 0; i < indices.length; i++) wanted.set(times[indices[i]!]!, i);
    const firstTime = times[indices[0]!]!;
    const selfDescribing = SELF_DESCRIBING.test(index.container);
    const session = this.#startDecoding(path, index, !selfDescribing);
    try {
      const key = lastAtOrBefore(index.keyTimes, firstTime);
      if (key !== undefined && key > index.keyTimes[0]!) {
        const code = session.input.seekFrameSync(index.stream, BigInt(key), SEEK_BACKWARD);
        if (code < 0) return false;
      }
      let started = key === undefined || key <= index.keyTimes[0]!;
      let unsent = wanted.size;
      let next = 0;
      const keep = (frame: NodeAv.Frame): boolean => {
        const position = wanted.get(Number(frame.bestEffortTimestamp));
        if (position === undefined) return true;
        // Frames come in presentation order: a gap means that one was lost.
        if (position !== next) return false;
        onPicture(session.picture(frame), position);
        next++;
        return next < wanted.size;
      };
      for (;;) {
        if (performance.now() > deadline) throw timeoutError(path);
        const packet = session.readPacket();
        if (packet && !started) {
          // A seek in a transport stream lands anywhere; nothing before a key frame can be decoded.
          if (!packet.isKeyframe) continue;
          if (Number(packet.pts) > firstTime) return false;
          started = true;
        }
        if (packet) {
          const isWanted = wanted.has(Number(packet.pts));
          session.skipUnlessReference(!isWanted);
          if (isWanted) unsent--;
        }
        // Once every wanted packet is in, draining saves decoding the ones behind it.
        if (!session.decode(packet, keep)) break;
        if (packet && unsent === 0) session.decode(null, keep);
        if (!packet || unsent === 0) break;
      }
      return next === wanted.size;
    } finally {
      this.#decoded += session.decoded;
      session.close();
    }
  }

  /** Presentation times of the first `count` frames that decoding from the start gives. */
  #firstTimes(path: string, index: PacketIndex, count: number, deadline: number): (number | undefined)[] {
    const times: (number | undefined)[] = [];
    this.#decodeFromStart(path, index, deadline, (_session, { bestEffortTimestamp: time }) => {
      times.push(time === NO_TIME ? undefined : Number(time));
      return times.length < count;
    });
    if (times.length === 0) throw new VideoError('decode-failed', path, 'no frame of the video decodes');
    return times;
  }

  #firstSize(path: string, index: PacketIndex, deadline: number): { width: number; height: number } {
    let size: { width: number; height: number } | undefined;
    this.#decodeFromStart(path, index, deadline, (_session, { width, height }) => {
      size = { width, height };
      return false;
    });
    if (!size) throw new VideoError('decode-failed', path, 'no frame of the video decodes');
    return size;
  }

  /**
   * Decodes from the start and keeps frames by presentation time, so that a frame that does not decode shifts no other;
   * returns how many of the wanted ones came out before one was missing, undefined where the times that come out are
   * not those of the index.
   */
  #decodeTimesFromStart(
    path: string,
    index: PacketIndex,
    times: Float64Array,
    indices: ArrayLike<number>,
    deadline: number,
    onPicture: (picture: DecodedPicture, position: number) => void,
  ): number | undefined {
    const sequence = new TimeSequence(times);
    let next = 0;
    this.#decodeFromStart(path, index, deadline, (session, frame) => {
      const time = Number(frame.bestEffortTimestamp);
      if (!sequence.continuesWith(time)) return false;
      if (time === times[indices[next]!]) {
        onPicture(session.picture(frame), next);
        next++;
        return next < indices.length;
      }
      return time < times[indices[next]!]!;
    });
    return sequence.holds ? next : undefined;
  }

  /** Decodes from the start and keeps frames by counting; returns how many of the wanted ones came out. */
  #decodeByCount(
    path: string,
    index: PacketIndex,
    indices: ArrayLike<number>,
    deadline: number,
    onPicture: (picture: DecodedPicture, position: number) => void,
  ): number {
    let count = 0;
    let next = 0;
    this.#decodeFromStart(path, index, deadline, (session, frame) => {
      if (count === indices[next]) {
        onPicture(session.picture(frame), next);
        next++;
      }
      count++;
      return next < indices.length;
    });
    return next;
  }

  /** Decodes every frame in order until `onFrame` returns false. */
  #decodeFromStart(
    path: string,
    index: PacketIndex,
    deadline: number,
    onFrame: (session: DecodingSession, frame: NodeAv.Frame) => boolean,
  ): void {
    const session = this.#startDecoding(path, index, true);
    try {
      for (;;) {
        if (performance.now() > deadline) throw timeoutError(path);
        const packet = session.readPacket();
        if (!session.decode(packet, (frame) => onFrame(session, frame)) || !packet) return;
      }
    } finally {
      this.#decoded += session.decoded;
      session.close();
    }
  }

  #open(path: string, findStreamInfo: boolean): NativeInput {
    const input = new NativeInput(this.#av, path);
    const code = input.open();
    if (code < 0) throw this.#openFailure(path, code);
    const status = findStreamInfo ? input.context.findStreamInfoSync() : 0;
    if (status >= 0) return input;
    input.close();
    throw this.#openFailure(path, status);
  }

  #openFailure(path: string, code: number): VideoError {
    const format = code === ERROR_INVALID_ARGUMENT ? this.#formatOf(path) : undefined;
    if (format !== undefined && !isContainer(format)) return new VideoError('not-a-video', path, refusedFormat(format));
    return new VideoError('not-a-video', path, this.#av.FFmpegError.strerror(code));
  }

  /** FFmpeg's name of a file's format. */
  #formatOf(path: string): string | undefined {
    const file = openSource(path);
    try {
      const bytes = Buffer.alloc(Math.min(file.size(), PROBE_BYTES));
      return (
        this.#av.InputFormat.probe(bytes.subarray(0, readFully(file, bytes, bytes.length, 0)), path)?.name ?? undefined
      );
    } finally {
      file.close();
    }
  }

  #bestStream(input: NodeAv.FormatContext, path: string): NodeAv.Stream {
    const candidates = input.streams
      .filter(({ codecpar, disposition }) => {
        return codecpar.codecType === MEDIA_TYPE_VIDEO && !(disposition & DISPOSITION_ATTACHED_PICTURE);
      })
      .map((stream) => ({
        stream,
        bitRate: Number(stream.codecpar.bitRate),
        isDefault: (stream.disposition & DISPOSITION_DEFAULT) !== 0,
      }));
    const best = bestStream(candidates)?.stream;
    if (best) return best;
    throw new VideoError('no-video-stream', path, `no video stream among the ${input.nbStreams} streams of the file`);
  }

  #describe(input: NodeAv.FormatContext, stream: NodeAv.Stream, path: string): VideoStream {
    const { codecpar } = stream;
    const codec = this.#av.avGetCodecName(codecpar.codecId) ?? 'unknown';
    const pixelFormat = this.#av.avGetPixFmtName(codecpar.format as AVPixelFormat) ?? 'none';
    if (codecpar.width <= 0 || pixelFormat === 'none' || !this.#av.Codec.findDecoder(codecpar.codecId)) {
      throw new VideoError('unsupported-codec', path, `this FFmpeg does not decode codec ${codec} (${pixelFormat})`);
    }
    const rate = [stream.avgFrameRate, stream.rFrameRate].find(({ num, den }) => num > 0 && den > 0);
    return {
      stream: stream.index,
      container: input.iformat?.name ?? '',
      codec,
      pixelFormat,
      width: codecpar.width,
      height: codecpar.height,
      averageRate: rate ? rate.num / rate.den : 0,
      ...displayOrientation(codecpar),
      matrix: matrixOf(codecpar),
      range: codecpar.colorRange === COLOR_RANGE_FULL || pixelFormat.startsWith('yuvj') ? 'full' : 'limited',
      startTime: input.startTime === NO_TIME ? 0 : Number(input.startTime) / 1e6,
      timeBase: [stream.timeBase.num, stream.timeBase.den],
    };
  }

  #readPackets(input: NodeAv.FormatContext, stream: NodeAv.Stream, path: string, deadline: number): Packet[] {
    for (const other of input.streams) if (other.index !== stream.index) other.discard = DISCARD_ALL;
    const packet = new this.#av.Packet();
    packet.alloc();
    const packets: Packet[] = [];
    try {
      for (let turn = 0; ; turn++) {
        if (turn % 64 === 0 && performance.now() > deadline) throw timeoutError(path);
        const code = input.readFrameSync(packet);
        if (code === ERROR_AGAIN) continue;
        // Where a demuxer goes no further, for whatever reason, the video ends: files that are known to have been longer
        // were refused before, and of a read that failed the request is told.
        if (code < 0) return packets;
        if (packet.streamIndex === stream.index && packet.size > 0) {
          packets.push({
            time: packet.pts === NO_TIME ? undefined : Number(packet.pts),
            key: packet.isKeyframe,
            discard: (packet.flags & PACKET_DISCARD) !== 0,
            ...(packet.getSideData(SIDE_DATA_NEW_EXTRADATA) ? { sideData: true } : {}),
          });
        }
        packet.unref();
      }
    } finally {
      packet.free();
    }
  }

  #startDecoding(path: string, index: PacketIndex, findStreamInfo: boolean): DecodingSession {
    const input = this.#open(path, findStreamInfo);
    try {
      return new DecodingSession(this.#av, input, index, path, this.#device);
    } catch (error) {
      input.close();
      throw error;
    }
  }
}

/** Repacks pictures of one size and layout. */
interface Converter {
  from: string;
  context: NodeAv.SoftwareScaleContext;
  target: NodeAv.Frame;
}

/** `yuvj420p` is `yuv420p` whose samples have the full range. */
function withoutRange(name: string): string {
  return name.replace(/^yuvj/, 'yuv');
}

function layoutOf({ width, height, format }: NodeAv.Frame): string {
  return `${width}x${height} ${format}`;
}

/** One open file with its decoder. Native memory is freed by `close`, never left to the collector. */
class DecodingSession {
  readonly input: NodeAv.FormatContext;
  /** Frames that came out of the codec so far. */
  decoded = 0;
  readonly #file: NativeInput;
  readonly #av: typeof NodeAv;
  readonly #path: string;
  readonly #index: PacketIndex;
  readonly #format: PixelFormat;
  readonly #context: NodeAv.CodecContext;
  readonly #packet: NodeAv.Packet;
  readonly #frame: NodeAv.Frame;
  readonly #device: NvdecDevice | undefined;
  /** A frame that was decoded on the device, in host memory. */
  #hostFrame: NodeAv.Frame | undefined;
  #converter: Converter | undefined;
  #skipping = false;

  constructor(av: typeof NodeAv, file: NativeInput, index: PacketIndex, path: string, device?: NvdecDevice) {
    this.#av = av;
    this.#file = file;
    this.input = file.context;
    const { input } = this;
    this.#index = index;
    this.#path = path;
    this.#format = handoverFormat(index.pixelFormat);
    for (const stream of input.streams) if (stream.index !== index.stream) stream.discard = DISCARD_ALL;
    const stream = input.streams[index.stream];
    const codec = stream && av.Codec.findDecoder(stream.codecpar.codecId);
    if (!stream || !codec)
      throw new VideoError('unsupported-codec', path, `this FFmpeg does not decode ${index.codec}`);
    this.#context = new av.CodecContext();
    this.#context.allocContext3(codec);
    this.#context.parametersToContext(stream.codecpar);
    this.#context.pktTimebase = stream.timeBase;
    this.#context.threadCount = 1;
    this.#context.setFlags(CODEC_FLAG_UNALIGNED);
    if (device && NvdecDevice.handles(codec, index.codec, index.pixelFormat)) {
      this.#device = device;
      device.attach(this.#context);
    }
    const code = this.#context.open2Sync(codec);
    if (code < 0) {
      this.#context.freeContext();
      throw new VideoError('decode-failed', path, av.FFmpegError.strerror(code));
    }
    this.#packet = new av.Packet();
    this.#packet.alloc();
    this.#frame = new av.Frame();
    this.#frame.alloc();
  }

  /** The next packet of the video stream, valid until the next call; null at the end of the file. */
  readPacket(): NodeAv.Packet | null {
    for (;;) {
      this.#packet.unref();
      const code = this.input.readFrameSync(this.#packet);
      if (code === ERROR_AGAIN) continue;
      // What a damaged file still holds counts; the frames that are missing are noticed by the caller.
      if (code < 0) return null;
      // To a decoder, a packet without a byte is the end.
      if (this.#packet.streamIndex === this.#index.stream && this.#packet.size > 0) return this.#packet;
    }
  }

  /** Lets the decoder drop the next packet's frame unless others refer to it. */
  skipUnlessReference(skip: boolean): void {
    if (skip === this.#skipping) return;
    this.#skipping = skip;
    this.#context.setOption('skip_frame', skip ? SKIP_NON_REFERENCE : SKIP_NOTHING);
  }

  /** Sends a packet (null: no more) and passes on what comes out; false as soon as `onFrame` returns false. */
  decode(packet: NodeAv.Packet | null, onFrame: (frame: NodeAv.Frame) => boolean): boolean {
    // A damaged packet is an error here and a missing or concealed frame later, as in every player.
    this.#context.sendPacketSync(packet);
    while (this.#context.receiveFrameSync(this.#frame) >= 0) {
      this.decoded++;
      const more = onFrame(this.#frame);
      this.#frame.unref();
      if (!more) return false;
    }
    return true;
  }

  /** The frame as planes, valid until the next frame. */
  picture(frame: NodeAv.Frame): DecodedPicture {
    const decoded = this.#device?.holds(frame) ? this.#download(frame) : frame;
    const name = this.#av.avGetPixFmtName(decoded.format as AVPixelFormat) ?? '';
    const isRepacked = withoutRange(name) !== withoutRange(this.#format.name);
    const source = isRepacked ? this.#convert(decoded) : decoded;
    const planes = source.data ?? [];
    const interlaced = (frame.flags & FRAME_INTERLACED) !== 0;
    const { width, height } = frame;
    const picture = { planes, strides: source.linesize, format: this.#format, width, height, interlaced };
    const color = colorOf(frame);
    // Repacking brings the layouts that imply full range to that of the stream's layout.
    const isStretched = isRepacked && name.startsWith('yuvj') !== this.#format.name.startsWith('yuvj');
    return streamPicture(picture, isStretched ? { matrix: color.matrix } : color, this.#index);
  }

  #download(frame: NodeAv.Frame): NodeAv.Frame {
    if (!this.#hostFrame) {
      this.#hostFrame = new this.#av.Frame();
      this.#hostFrame.alloc();
    }
    this.#hostFrame.unref();
    const code = frame.hwframeTransferDataSync(this.#hostFrame, 0);
    if (code < 0) throw new VideoError('decode-failed', this.#path, this.#av.FFmpegError.strerror(code));
    return this.#hostFrame;
  }

  /** Repacks layouts the colour stage does not read; never changes a sample. */
  #convert(frame: NodeAv.Frame): NodeAv.Frame {
    if (this.#converter?.from !== layoutOf(frame)) {
      this.#dropConverter();
      this.#converter = this.#makeConverter(frame);
    }
    const { context, target } = this.#converter;
    const code = context.scaleFrameSync(target, frame);
    if (code < 0) throw new VideoError('decode-failed', this.#path, this.#av.FFmpegError.strerror(code));
    return target;
  }

  #makeConverter(frame: NodeAv.Frame): Converter {
    const { width, height } = frame;
    const format = this.#av.avGetPixFmtFromName(this.#format.name);
    const context = new this.#av.SoftwareScaleContext();
    context.getContext(width, height, frame.format as AVPixelFormat, width, height, format, SCALE_BICUBIC);
    const target = new this.#av.Frame();
    target.alloc();
    target.format = format;
    target.width = width;
    target.height = height;
    // Rows padded to 64 bytes: the scaler writes whole vectors.
    target.getBuffer(64);
    return { from: layoutOf(frame), context, target };
  }

  #dropConverter(): void {
    this.#converter?.target.free();
    this.#converter?.context.freeContext();
    this.#converter = undefined;
  }

  close(): void {
    this.#dropConverter();
    this.#hostFrame?.free();
    this.#frame.free();
    this.#packet.free();
    this.#context.freeContext();
    this.#file.close();
  }
}

function tableMatches({ timeBase, packets }: PacketTable, stream: VideoStream, frames: number): boolean {
  return packets.length === frames && timeBase[0] === stream.timeBase[0] && timeBase[1] === stream.timeBase[1];
}

function timeoutError(path: string): VideoError {
  return new VideoError('timeout', path, 'the time limit passed while reading');
}

function lastAtOrBefore(sorted: Float64Array, value: number): number | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return sorted[low - 1];
}

function matrixOf({ colorSpace }: { colorSpace: number }): ColorMatrix {
  return colorMatrix(COLOR_SPACE_NAMES[colorSpace]);
}

function colorOf(frame: NodeAv.Frame): PictureColor {
  const { colorSpace, colorRange }: { colorSpace: number; colorRange: number } = frame;
  return {
    matrix: colorSpace === COLOR_SPACE_UNSPECIFIED ? undefined : matrixOf(frame),
    range: colorRange === COLOR_RANGE_FULL ? 'full' : colorRange === COLOR_RANGE_LIMITED ? 'limited' : undefined,
  };
}

function displayOrientation(codecpar: NodeAv.CodecParameters): Orientation {
  const matrix = codecpar.getCodedSideData(SIDE_DATA_DISPLAY_MATRIX);
  const isWhole = matrix && matrix.length >= 36;
  return matrixOrientation(isWhole ? Array.from({ length: 9 }, (_, i) => matrix.readInt32LE(4 * i)) : undefined);
}
