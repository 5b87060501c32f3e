import { readFully, type SourceFile } from '../sources/source-file.js';
import { VideoError } from '../video-error.js';

/** Boxes without whose whole content the file cannot be read to its end. */
const ESSENTIAL = new Set(['mdat', 'moov', 'moof']);
/** A fragmented file has two boxes per fragment; files with more are believed rather than walked to the end. */
const MAX_BOXES = 4096;

/**
 * Walks the top-level boxes of an mp4 or mov file (ISO/IEC 14496-12) and throws when it was cut short, which FFmpeg
 * only notices while reading. Other files pass.
 * @throws VideoError `truncated`
 */
export function requireWholeMp4(file: SourceFile, path: string): void {
  const size = file.size();
  const header = Buffer.alloc(16);
  let hasIndex = false;
  for (let offset = 0, boxes = 0; offset + 8 <= size; boxes++) {
    const read = readFully(file, header, 16, offset);
    const type = header.toString('latin1', 4, 8);
    if (offset === 0 && type !== 'ftyp') return;
    const length = boxLength(header, read, size - offset);
    if (length === undefined || boxes >= MAX_BOXES) return;
    hasIndex ||= type === 'moov';
    if (offset + length > size && ESSENTIAL.has(type)) {
      throw new VideoError(
        'truncated',
        path,
        hasIndex
          ? `partial file: box '${type}' needs ${offset + length} bytes, the file ends after ${size}`
          : `moov atom not found: the file ends after ${size} bytes, inside box '${type}' of ${length}`,
      );
    }
    offset += length;
  }
  if (!hasIndex) throw new VideoError('truncated', path, 'moov atom not found: the file has no index');
}

/** Bytes of the box including its header; undefined where the header makes no sense. */
function boxLength(header: Buffer, read: number, remaining: number): number | undefined {
  const short = header.readUInt32BE(0);
  if (short === 0) return remaining;
  const length = short === 1 && read === 16 ? Number(header.readBigUInt64BE(8)) : short;
  return length >= 8 ? length : undefined;
}
