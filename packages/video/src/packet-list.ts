import type { Packet } from './packet-index.js';
import type { PacketLayout } from './wasm/packet-layout.js';

/** ffprobe's name of the side data that brings new parameter sets. */
const NEW_PARAMETER_SETS = 'New Extradata';

/** Arguments with which ffprobe lists every packet of a stream, in decoding order, for `parsePackets`. */
export function packetArguments(input: readonly string[], stream: number): string[] {
  return [
    ...['-v', 'error', '-select_streams', String(stream), '-show_packets'],
    ...['-show_entries', 'packet=pts,size,pos,flags:packet_side_data=side_data_type', '-of', 'csv=p=0', ...input],
  ];
}

/**
 * Reads ffprobe's lines `time,size,position,flags[,kind of side data …]`: what it says of each packet, and where they lie
 * in the file. Packets without a byte are left out.
 */
export function parsePackets(text: string): { packets: Packet[]; layout: PacketLayout } {
  const lines = text.split('\n').map((line) => line.trim().split(','));
  const rows = lines.filter(([, size, , flags]) => flags !== undefined && size !== '0');
  const times = rows.map(([time]) => Number(time));
  const positions = rows.map(([, , position]) => Number(position));
  const packets = rows.map(
    ([, , , flags = '', ...sideData], i): Packet => ({
      time: Number.isNaN(times[i]) ? undefined : times[i],
      key: flags[0] === 'K',
      discard: flags[1] === 'D',
      ...(sideData.includes(NEW_PARAMETER_SETS) ? { sideData: true } : {}),
    }),
  );
  const located = times.every((time, i) => !Number.isNaN(time) && !Number.isNaN(positions[i]));
  const sizes = rows.map(([, size]) => Number(size));
  return { packets, layout: located ? layoutOf(times, positions, sizes) : layoutOf([], [], []) };
}

function layoutOf(times: number[], positions: number[], sizes: number[]): PacketLayout {
  return {
    times: Float64Array.from(times),
    positions: Float64Array.from(positions),
    sizes: Int32Array.from(sizes),
  };
}
