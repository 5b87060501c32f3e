import type { Packet } from './packet-index.js';

/** FFmpeg's value for "no time". */
const NO_TIME = -(2 ** 63);
const FLAG_KEY = 0x1;
const FLAG_DISCARD = 0x4;

/** The packets of one output stream of FFmpeg's `framecrc` format. */
export interface PacketList {
  timeBase: [number, number];
  packets: Packet[];
}

/**
 * Reads FFmpeg's `framecrc` output, one line a packet (`stream, dts, pts, duration, size, checksum[, F=flags]`; no
 * flags means a key frame), into one list per output stream.
 */
export function parsePacketList(text: string): PacketList[] {
  const lists: PacketList[] = [];
  for (const line of text.split('\n')) {
    const base = /^#tb (\d+): (\d+)\/(\d+)/.exec(line);
    if (base) {
      lists[Number(base[1])] = { timeBase: [Number(base[2]), Number(base[3])], packets: [] };
      continue;
    }
    if (line.startsWith('#') || line === '') continue;
    const fields = line.split(',');
    const list = lists[Number(fields[0])];
    if (!list || fields.length < 6) continue;
    const time = Number(fields[2]);
    const flagField = fields.find((field) => field.startsWith(' F='));
    const flags = flagField ? Number(flagField.slice(3)) : FLAG_KEY;
    list.packets.push({
      time: time === NO_TIME ? undefined : time,
      key: (flags & FLAG_KEY) !== 0,
      discard: (flags & FLAG_DISCARD) !== 0,
    });
  }
  return lists;
}
