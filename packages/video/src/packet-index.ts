import type { ColorMatrix, ColorRange } from './color-tables.js';
import type { Orientation } from './orientation.js';
import type { PacketLayout } from './wasm/packet-layout.js';

/**
 * What a demuxer says about one packet of the video stream. A packet without a byte is none: recorders that drop a picture
 * leave one, and no decoder makes a frame of it.
 */
export interface Packet {
  /** Presentation time in time-base units; undefined where the container has none. */
  time: number | undefined;
  key: boolean;
  /** Packets an edit list removes: decoded for reference, never shown. */
  discard: boolean;
  /** There where the demuxer hands the decoder new parameter sets beside the packet. */
  sideData?: true;
}

/** What a demuxer says about the video stream itself. */
export interface VideoStream extends Orientation {
  /** Position among all streams of the file. */
  stream: number;
  /** FFmpeg's short name of the container, e.g. `mov,mp4,m4a,3gp,3g2,mj2`. */
  container: string;
  codec: string;
  /** FFmpeg's name of the decoder's own layout, e.g. `yuv420p10le`. */
  pixelFormat: string;
  /** Stored size, before the picture is brought upright: of the first picture where later ones have another. */
  width: number;
  height: number;
  /** Mean frames per second. */
  averageRate: number;
  matrix: ColorMatrix;
  range: ColorRange;
  /** Seconds at which the container's clock starts. */
  startTime: number;
  /** Seconds per time unit, as numerator and denominator. */
  timeBase: [number, number];
}

/** Everything needed to find a frame by its presentation index, from demuxing alone. */
export interface PacketIndex extends VideoStream {
  frames: number;
  /** Sorted presentation times of all frames; undefined where only counting from the start is safe. */
  times: Float64Array | undefined;
  /** Sorted presentation times of the key frames; empty where `times` is undefined. */
  keyTimes: Float64Array;
  /** Whether to decode from the start: no times, or a seek would lose frames or what is needed to decode them. */
  linear: boolean;
  /** Where the packets lie in the file, if a decoder that makes use of it asked. */
  layout?: PacketLayout | undefined;
}

/**
 * How many frames must be decoded from the start to know which ones come out at all, for a stream that does not begin
 * with a key frame, or shows frames before it (a recording that begins inside a group of pictures): decoders drop what
 * refers to pictures from before the beginning. 0 for streams that begin properly.
 */
export function doubtfulStart(packets: Packet[]): number {
  const first = packets[0];
  if (!first) return 0;
  const time = first.time ?? Number.NEGATIVE_INFINITY;
  const shown = packets.filter((packet) => !packet.discard);
  const early = shown.some((packet) => packet.time !== undefined && packet.time < time);
  if (first.key && (!early || first.discard)) return 0;
  const secondKey = packets.filter((packet) => packet.key)[first.key ? 1 : 0];
  if (secondKey?.time === undefined) return shown.length;
  const limit = secondKey.time;
  return shown.filter((packet) => packet.time === undefined || packet.time <= limit).length;
}

/** The index without the frames at the start that did not come out when its first frames were decoded. */
export function withoutLostFrames(index: PacketIndex, decodedTimes: (number | undefined)[]): PacketIndex {
  if (!index.times) return { ...index, frames: decodedTimes.length };
  const decoded = new Set(decodedTimes);
  const last = Math.max(...decodedTimes.map((time) => time ?? Number.NEGATIVE_INFINITY));
  const times = index.times.filter((time) => time > last || decoded.has(time));
  return { ...index, times, frames: times.length };
}

/** Sorts a stream's packets into presentation order; drops `times` unless every one is present and unique. */
export function buildPacketIndex(stream: VideoStream, packets: Packet[]): PacketIndex {
  const shown = packets.filter((packet) => !packet.discard);
  const base = { ...stream, frames: shown.length };
  const linear: PacketIndex = { ...base, times: undefined, keyTimes: new Float64Array(), linear: true };
  if (shown.some((packet) => packet.time === undefined)) return linear;
  const times = Float64Array.from(shown, (packet) => packet.time!).sort();
  for (let i = 1; i < times.length; i++) if (times[i] === times[i - 1]) return linear;
  const keyTimes = Float64Array.from(
    packets.filter((packet) => packet.key && packet.time !== undefined),
    (packet) => packet.time!,
  ).sort();
  return { ...base, times, keyTimes, linear: losesParameters(stream, packets) || mistakesKeys(stream, packets) };
}

/**
 * Whether a seek would skip what a demuxer hands over only once, on its way through the file: the palette, at the first
 * packet or wherever it changes, and new parameter sets.
 */
function losesParameters(stream: VideoStream, packets: Packet[]): boolean {
  return stream.pixelFormat === 'pal8' || changesParameters(stream, packets);
}

/**
 * Codecs whose decoders begin at any picture without a word, with what it does not hold made up. (Those of H.264, HEVC,
 * MPEG-1, MPEG-2, VP8, VP9 and AV1 wait for a key frame.)
 */
const BEGINS_ANYWHERE =
  /^(mpeg4|msmpeg4v[123]|wmv[123]|h263[ip]?|flv1|rv[1-4]0|svq[13]|rpza|smc|qtrle|cinepak|msvideo1|msrle|zmbv|indeo[2-5]|8bps|flic)$/;

/**
 * Whether every packet says that it is a key frame, in a codec that rarely has but those and would not notice: muxers that
 * do not know say so (mp4 without a table of key frames, Matroska from a raw stream).
 */
function mistakesKeys({ codec }: VideoStream, packets: Packet[]): boolean {
  return packets.length > 1 && BEGINS_ANYWHERE.test(codec) && packets.every(({ key }) => key);
}

/**
 * Whether an FLV stream changes its parameter sets in mid-stream, and perhaps its size, of which FFmpeg then may tell
 * the last. (In mp4 all sets stand in the index, and elsewhere each in front of its key frame.)
 */
export function changesParameters({ container }: VideoStream, packets: Packet[]): boolean {
  return /flv/.test(container) && packets.some(({ sideData }, i) => i > 0 && sideData);
}
