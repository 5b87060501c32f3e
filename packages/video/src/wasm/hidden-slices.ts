import type { PacketLayout } from './packet-layout.js';
import type { VirtualFile } from './virtual-files.js';

/** The first byte of an H.264 unit of filler data, which decoders skip. */
const FILLER_UNIT = 0x0c;
const NON_IDR_SLICE = 1;
/** More units than this in one packet means that the length fields were misread. */
const MAX_UNITS = 512;

/**
 * Byte offsets of the unit headers of H.264 slices that need not be decoded: those of packets that are not wanted and
 * that no other picture refers to. Packets are those from the last key frame before the first wanted one to the last
 * wanted one; each is a row of units with 4-byte lengths, as in mp4 and mov. Sorted.
 *
 * @param wanted presentation times of the wanted frames
 * @param seekTime presentation time of the key frame that decoding starts at
 */
export function dispensableSlices(
  file: VirtualFile,
  { times, positions, sizes }: PacketLayout,
  wanted: ReadonlySet<number>,
  seekTime: number,
): Float64Array {
  const offsets: number[] = [];
  let missing = wanted.size;
  for (let i = Math.max(0, times.indexOf(seekTime)); i < times.length && missing > 0; i++) {
    if (wanted.has(times[i]!)) missing--;
    else offsets.push(...nonReferenceSlices(file, positions[i]!, sizes[i]!));
  }
  return Float64Array.from(offsets).sort();
}

/** The header offsets of a packet's slices; none when another picture refers to one of them, or on any surprise. */
function nonReferenceSlices(file: VirtualFile, position: number, size: number): number[] {
  const header = new Uint8Array(5);
  const slices: number[] = [];
  const end = position + size;
  for (let offset = position, units = 0; offset < end; units++) {
    if (units > MAX_UNITS || file.read(header, 0, 5, offset) < 5) return [];
    const length = header[0]! * 0x1000000 + ((header[1]! << 16) | (header[2]! << 8) | header[3]!);
    const type = header[4]! & 31;
    const isReference = (header[4]! & 0x60) !== 0;
    if (length < 1 || offset + 4 + length > end) return [];
    if (type >= NON_IDR_SLICE && type <= 5) {
      if (isReference || type !== NON_IDR_SLICE) return [];
      slices.push(offset + 4);
    }
    offset += 4 + length;
  }
  return slices;
}

/** The file as it would be if the units at `offsets` (sorted) were filler data. */
export function withHiddenSlices(file: VirtualFile, offsets: Float64Array): VirtualFile {
  return {
    ...file,
    read(target, offset, length, position) {
      const read = file.read(target, offset, length, position);
      for (let i = firstAtOrAfter(offsets, position); i < offsets.length && offsets[i]! < position + read; i++) {
        target[offset + offsets[i]! - position] = FILLER_UNIT;
      }
      return read;
    },
  };
}

function firstAtOrAfter(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
