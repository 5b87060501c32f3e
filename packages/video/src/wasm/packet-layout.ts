import { inputArguments } from '../containers.js';

/** Where a stream's packets lie in the file, in decoding order. */
export interface PacketLayout {
  /** Presentation times in time-base units. */
  times: Float64Array;
  /** Byte offsets in the file. */
  positions: Float64Array;
  /** Bytes. */
  sizes: Int32Array;
}

/** Arguments for ffprobe that list a stream's packets as `time,size,position` lines. */
export function packetLayoutArguments(input: string, stream: number): string[] {
  return [
    ...['-v', 'error', '-select_streams', String(stream), '-show_packets'],
    ...['-show_entries', 'packet=pts,size,pos', '-of', 'csv=p=0', ...inputArguments(input)],
  ];
}

/** Reads ffprobe's lines; a layout without packets unless every one of them has a time and a position. */
export function parsePacketLayout(lines: string[]): PacketLayout {
  const packets = lines.filter((line) => line !== '').map((line) => line.split(',').slice(0, 3).map(Number));
  if (packets.some((fields) => fields.length < 3 || fields.some(Number.isNaN))) packets.length = 0;
  return {
    times: Float64Array.from(packets, ([time]) => time!),
    sizes: Int32Array.from(packets, ([, size]) => size!),
    positions: Float64Array.from(packets, ([, , position]) => position!),
  };
}
