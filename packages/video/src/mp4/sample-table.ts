import { type Box, findBox } from './boxes.js';

/** What a track's tables say of each of its samples, in decoding order, in units of the track's clock. */
export interface SampleTable {
  decodeTimes: Float64Array;
  /** Presentation time minus decoding time. */
  compositionOffsets: Float64Array;
  keys: Uint8Array;
  positions: Float64Array;
  sizes: Int32Array;
}

/** Samples in one track beyond which the tables are not believed. */
const MAX_SAMPLES = 20_000_000;

/**
 * Reads a track's sample tables (`stbl`); undefined where one is missing, they contradict each other, or their samples
 * are larger than the file together: a few bytes could otherwise stand for millions of samples.
 */
export function readSampleTable(bytes: DataView, table: Box, fileBytes: number): SampleTable | undefined {
  const box = (type: string) => findBox(bytes, table, [type]);
  const [timesBox, sizesBox, chunksBox] = [box('stts'), box('stsz'), box('stsc')];
  const offsetsBox = box('stco') ?? box('co64');
  if (!timesBox || !sizesBox || !chunksBox || !offsetsBox) return undefined;
  const sizes = readSizes(bytes, sizesBox, fileBytes);
  if (!sizes) return undefined;
  const count = sizes.length;
  const decodeTimes = readDecodeTimes(bytes, timesBox, count);
  const compositionOffsets = readCompositionOffsets(bytes, box('ctts'), count);
  const positions = readPositions(bytes, chunksBox, offsetsBox, sizes);
  if (!decodeTimes || !compositionOffsets || !positions) return undefined;
  return { decodeTimes, compositionOffsets, keys: readKeys(bytes, box('stss'), count), positions, sizes };
}

/** How many samples of one size a track's tables (`stbl`) claim; 0 where each has a size of its own, which takes room. */
export function claimedSamples(bytes: DataView, table: Box): number {
  const sizes = findBox(bytes, table, ['stsz']);
  if (!sizes || sizes.start + 12 > sizes.end || bytes.getUint32(sizes.start + 4) === 0) return 0;
  return bytes.getUint32(sizes.start + 8);
}

/** Entries of `width` bytes after the version, flags and count; undefined when they do not fit in the box. */
function entriesOf(bytes: DataView, box: Box, width: number, countAt = 4) {
  const count = bytes.getUint32(box.start + countAt);
  const first = box.start + countAt + 4;
  if (count > MAX_SAMPLES || first + count * width > box.end) return undefined;
  return { count, at: (i: number) => first + i * width };
}

function readSizes(bytes: DataView, box: Box, fileBytes: number): Int32Array | undefined {
  const uniform = bytes.getUint32(box.start + 4);
  const count = bytes.getUint32(box.start + 8);
  if (count === 0 || count > MAX_SAMPLES) return undefined;
  if (uniform > 0) return count * uniform > fileBytes ? undefined : new Int32Array(count).fill(uniform);
  const entries = entriesOf(bytes, box, 4, 8);
  if (!entries) return undefined;
  const sizes = Int32Array.from({ length: count }, (_, i) => bytes.getUint32(entries.at(i)));
  return sizes.reduce((sum, size) => sum + (size >>> 0), 0) > fileBytes ? undefined : sizes;
}

function readDecodeTimes(bytes: DataView, box: Box, count: number): Float64Array | undefined {
  const entries = entriesOf(bytes, box, 8);
  if (!entries) return undefined;
  const times = new Float64Array(count);
  let [sample, time] = [0, 0];
  for (let i = 0; i < entries.count; i++) {
    const duration = bytes.getInt32(entries.at(i) + 4);
    if (duration < 0) return undefined;
    for (let n = bytes.getUint32(entries.at(i)); n > 0 && sample < count; n--) {
      times[sample++] = time;
      time += duration;
    }
  }
  return sample === count ? times : undefined;
}

function readCompositionOffsets(bytes: DataView, box: Box | undefined, count: number): Float64Array | undefined {
  const offsets = new Float64Array(count);
  if (!box) return offsets;
  const entries = entriesOf(bytes, box, 8);
  if (!entries) return undefined;
  let sample = 0;
  for (let i = 0; i < entries.count; i++) {
    // Signed in either version: that is how FFmpeg and most writers take it.
    const offset = bytes.getInt32(entries.at(i) + 4);
    for (let n = bytes.getUint32(entries.at(i)); n > 0 && sample < count; n--) offsets[sample++] = offset;
  }
  return sample === count ? offsets : undefined;
}

/** Without a table of key frames every sample is one. */
function readKeys(bytes: DataView, box: Box | undefined, count: number): Uint8Array {
  const entries = box && entriesOf(bytes, box, 4);
  if (!entries) return new Uint8Array(count).fill(box ? 0 : 1);
  const keys = new Uint8Array(count);
  for (let i = 0; i < entries.count; i++) keys[bytes.getUint32(entries.at(i)) - 1] = 1;
  return keys;
}

function readPositions(bytes: DataView, chunksBox: Box, offsetsBox: Box, sizes: Int32Array): Float64Array | undefined {
  const wide = offsetsBox.type === 'co64';
  const runs = entriesOf(bytes, chunksBox, 12);
  const chunks = entriesOf(bytes, offsetsBox, wide ? 8 : 4);
  if (!runs || !chunks || runs.count === 0) return undefined;
  const positions = new Float64Array(sizes.length);
  let sample = 0;
  for (let run = 0; run < runs.count; run++) {
    const first = bytes.getUint32(runs.at(run)) - 1;
    const end = run + 1 < runs.count ? bytes.getUint32(runs.at(run + 1)) - 1 : chunks.count;
    const perChunk = bytes.getUint32(runs.at(run) + 4);
    for (let chunk = Math.max(0, first); chunk < Math.min(end, chunks.count); chunk++) {
      let position = wide ? Number(bytes.getBigUint64(chunks.at(chunk))) : bytes.getUint32(chunks.at(chunk));
      for (let n = 0; n < perChunk && sample < sizes.length; n++) {
        positions[sample] = position;
        position += sizes[sample]!;
        sample++;
      }
    }
  }
  return sample === sizes.length ? positions : undefined;
}
