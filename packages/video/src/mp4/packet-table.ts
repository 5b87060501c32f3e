import type { Packet } from '../packet-index.js';
import { readFully, type SourceFile } from '../sources/source-file.js';
import { VideoError } from '../video-error.js';
import type { PacketLayout } from '../wasm/packet-layout.js';
import { type Box, boxesIn, findBox, fourCharacters } from './boxes.js';
import { claimedSamples, readSampleTable, type SampleTable } from './sample-table.js';

/** Larger indexes than this are left to FFmpeg. */
const MAX_INDEX_BYTES = 256 * 1024 * 1024;
/** Samples of a track that a demuxer may prepare for, whatever the size of the file. */
const MAX_UNCHECKED_SAMPLES = 1_000_000;
/** Boxes at the top of a file looked at in search of its index. */
const MAX_TOP_BOXES = 64;

/** The packets of an mp4 file's video track, as FFmpeg's demuxer gives them. */
export interface PacketTable {
  timeBase: [number, number];
  packets: Packet[];
  layout: PacketLayout;
}

/**
 * Reads the packets of the one video track of an mp4 or mov file from its index alone, without touching the media
 * data: for large and remote files. Only files for which FFmpeg's own times follow from the tables without doubt are
 * taken: not fragmented, one video track without empty samples, and an edit list that shows all of it.
 * @returns undefined for every other file: demux it
 * @throws VideoError `no-video-stream` when the pictures lie in another file, `truncated` when they are not all there,
 *   `decode-failed` when its index claims so many samples that a demuxer would fill the memory
 */
export function readPacketTable(file: SourceFile, path: string): PacketTable | undefined {
  const index = readIndexBox(file);
  if (!index) return undefined;
  const whole: Box = { type: 'moov', start: 0, end: index.byteLength };
  const boxes = [...boxesIn(index, 0, index.byteLength)];
  for (const track of boxes.filter(({ type }) => type === 'trak')) requireBelievable(index, track, file, path);
  const tracks = boxes.filter(({ type }) => type === 'trak').filter((track) => isVideo(index, track));
  const [track] = tracks;
  if (track && tracks.every((each) => refersElsewhere(index, each))) {
    const reason = 'the pictures of its video track lie in another file, which is not opened: save it self-contained';
    throw new VideoError('no-video-stream', path, reason);
  }
  if (boxes.some(({ type }) => type === 'mvex' || type === 'cmov')) return undefined;
  if (!track || tracks.length > 1) return undefined;
  const header = findBox(index, track, ['mdia', 'mdhd']);
  const movieHeader = findBox(index, whole, ['mvhd']);
  const tables = findBox(index, track, ['mdia', 'minf', 'stbl']);
  if (!header || !movieHeader || !tables) return undefined;
  const clock = ticksPerSecond(index, header);
  const movieClock = ticksPerSecond(index, movieHeader);
  const samples = readSampleTable(index, tables, file.size());
  if (!samples || samples.sizes.includes(0) || clock <= 0 || movieClock <= 0) return undefined;
  const end = lastByte(samples);
  if (end > file.size()) {
    const reason = `partial file: its pictures need ${end} bytes, the file ends after ${file.size()}`;
    throw new VideoError('truncated', path, reason);
  }
  const shift = shownFrom(index, findBox(index, track, ['edts', 'elst']), samples, clock, movieClock);
  if (shift === undefined) return undefined;
  const times = samples.decodeTimes.map((time, i) => time + samples.compositionOffsets[i]! + shift);
  return {
    timeBase: [1, clock],
    packets: Array.from(times, (time, i) => ({ time, key: samples.keys[i] === 1, discard: false })),
    layout: { times, positions: samples.positions, sizes: samples.sizes },
  };
}

/** The content of the `moov` box. */
function readIndexBox(file: SourceFile): DataView | undefined {
  const header = new Uint8Array(16);
  const view = new DataView(header.buffer);
  for (let offset = 0, boxes = 0; offset + 8 <= file.size() && boxes < MAX_TOP_BOXES; boxes++) {
    readFully(file, header, 16, offset);
    const short = view.getUint32(0);
    const type = fourCharacters(view, 4);
    const length = short === 0 ? file.size() - offset : short === 1 ? Number(view.getBigUint64(8)) : short;
    const headerLength = short === 1 ? 16 : 8;
    if (length < headerLength) return undefined;
    if (type === 'moov') {
      if (length > MAX_INDEX_BYTES || offset + length > file.size()) return undefined;
      const content = new Uint8Array(length - headerLength);
      readFully(file, content, content.length, offset + headerLength);
      return new DataView(content.buffer);
    }
    if (type === 'moof') return undefined;
    offset += length;
  }
  return undefined;
}

/** A table of one size for all samples takes a few bytes, whatever their number: no demuxer should believe it. */
function requireBelievable(index: DataView, track: Box, file: SourceFile, path: string): void {
  const tables = findBox(index, track, ['mdia', 'minf', 'stbl']);
  const samples = tables ? claimedSamples(index, tables) : 0;
  if (samples <= MAX_UNCHECKED_SAMPLES || samples <= file.size()) return;
  const reason = `its index claims ${samples} samples in a file of ${file.size()} bytes: it is damaged, do not trust it`;
  throw new VideoError('decode-failed', path, reason);
}

function isVideo(index: DataView, track: Box): boolean {
  const handler = findBox(index, track, ['mdia', 'hdlr']);
  return handler !== undefined && fourCharacters(index, handler.start + 8) === 'vide';
}

/** Whether a track's media data are said to be in other files (`dref`): an entry that names one, and no entry for its own. */
function refersElsewhere(index: DataView, track: Box): boolean {
  const list = findBox(index, track, ['mdia', 'minf', 'dinf', 'dref']);
  if (!list || list.start + 8 > list.end) return false;
  const entries = [...boxesIn(index, list.start + 8, list.end)].filter(({ start, end }) => end - start >= 4);
  return entries.length > 0 && entries.every(({ start, end }) => end - start > 4 && !(index.getUint32(start) & 1));
}

/** Of `mdhd` and `mvhd`: the fields before it are 4 bytes long in version 0, 8 in version 1. */
function ticksPerSecond(index: DataView, header: Box): number {
  return index.getUint32(header.start + (index.getUint8(header.start) === 1 ? 20 : 12));
}

function lastByte({ positions, sizes }: SampleTable): number {
  return positions.reduce((last, position, i) => Math.max(last, position + sizes[i]!), 0);
}

/**
 * What to add to a sample's time to get FFmpeg's presentation time: an edit list may delay the track by an empty edit
 * and then show it from its first picture to its last. Undefined for lists that do anything else.
 */
function shownFrom(
  index: DataView,
  list: Box | undefined,
  { decodeTimes, compositionOffsets }: SampleTable,
  clock: number,
  movieClock: number,
): number | undefined {
  if (!list) return 0;
  const wide = index.getUint8(list.start) === 1;
  const count = index.getUint32(list.start + 4);
  const width = wide ? 20 : 12;
  if (count < 1 || count > 2 || list.start + 8 + count * width > list.end) return undefined;
  const edits = Array.from({ length: count }, (_, i) => {
    const at = list.start + 8 + i * width;
    return {
      duration: wide ? Number(index.getBigUint64(at)) : index.getUint32(at),
      mediaTime: wide ? Number(index.getBigInt64(at + 8)) : index.getInt32(at + 4),
      rate: index.getInt32(at + (wide ? 16 : 8)),
    };
  });
  const shown = edits.pop()!;
  const empty = edits[0];
  if (shown.mediaTime < 0 || shown.rate !== 0x10000 || (empty && empty.mediaTime !== -1)) return undefined;
  const shownTimes = decodeTimes.map((time, i) => time + compositionOffsets[i]!);
  const earliest = shownTimes.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const latest = shownTimes.reduce((most, time) => Math.max(most, time), 0);
  const end = shown.mediaTime + Math.floor((shown.duration * clock) / movieClock);
  // A duration of 0 stands for the rest of the track.
  if (earliest !== shown.mediaTime || (shown.duration > 0 && latest >= end)) return undefined;
  const delay = empty ? (empty.duration * clock) / movieClock : 0;
  return Number.isInteger(delay) ? delay - shown.mediaTime : undefined;
}
