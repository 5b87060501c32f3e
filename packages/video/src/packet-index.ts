import type { ColorMatrix, ColorRange } from './color-tables.js';
import type { Rotation } from './rotate-frames.js';

/** What a demuxer says about one packet of the video stream. */
export interface Packet {
  /** Presentation time in time-base units; undefined where the container has none. */
  time: number | undefined;
  key: boolean;
  /** Packets an edit list removes: decoded for reference, never shown. */
  discard: boolean;
}

/** What a demuxer says about the video stream itself. */
export interface VideoStream {
  /** Position among all streams of the file. */
  stream: number;
  /** FFmpeg's short name of the container, e.g. `mov,mp4,m4a,3gp,3g2,mj2`. */
  container: string;
  codec: string;
  /** FFmpeg's name of the decoder's own layout, e.g. `yuv420p10le`. */
  pixelFormat: string;
  /** Stored size, before rotation. */
  width: number;
  height: number;
  /** Mean frames per second. */
  averageRate: number;
  /** Clockwise turn that brings the picture upright. */
  rotation: Rotation;
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
}

/** Sorts a stream's packets into presentation order; drops `times` unless every one is present and unique. */
export function buildPacketIndex(stream: VideoStream, packets: Packet[]): PacketIndex {
  const shown = packets.filter((packet) => !packet.discard);
  const base = { ...stream, frames: shown.length };
  const linear: PacketIndex = { ...base, times: undefined, keyTimes: new Float64Array() };
  if (shown.some((packet) => packet.time === undefined)) return linear;
  const times = Float64Array.from(shown, (packet) => packet.time!).sort();
  for (let i = 1; i < times.length; i++) if (times[i] === times[i - 1]) return linear;
  const keyTimes = Float64Array.from(
    packets.filter((packet) => packet.key && packet.time !== undefined),
    (packet) => packet.time!,
  ).sort();
  return { ...base, times, keyTimes };
}
