import { VideoError } from '../video-error.js';
import { readFully, type SourceFile } from './source-file.js';

/** Boxes without whose whole content an mp4 or mov file cannot be read to its end. */
const ESSENTIAL = new Set(['mdat', 'moov', 'moof']);
/** What such a file may begin with. */
const FIRST_BOXES = new Set(['ftyp', 'styp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot']);
/** A fragmented file has two boxes per fragment; files with more are believed rather than walked to the end. */
const MAX_BOXES = 4096;
/** Where the mark of an end is looked for. */
const END_BYTES = 32;

/**
 * Throws for a file that ends before its own container says it should: what is missing from it is then the same for
 * everybody, where demuxers differ in what they make of it. Containers that state no size (transport and program
 * streams, FLV, recordings of live streams) hold what is there.
 * @throws VideoError `truncated`
 */
export function requireWholeFile(file: SourceFile, path: string): void {
  const start = new Uint8Array(16);
  if (readFully(file, start, 16, 0) < 12) return;
  const text = (from: number, to: number) => String.fromCharCode(...start.subarray(from, to));
  if (FIRST_BOXES.has(text(4, 8))) requireWholeMp4(file, path, text(4, 8));
  else if (isBytes(start, EBML)) requireWholeMatroska(file, path);
  else if (text(0, 4) === 'RIFF' && text(8, 12) === 'AVI ') requireWholeAvi(file, path);
  else if (isBytes(start, ASF_HEADER)) requireWholeAsf(file, path);
  else if (text(0, 4) === 'GIF8') requireEnd(file, path, ';');
  else if (text(1, 4) === 'PNG') requireEnd(file, path, 'IEND');
}

function cutInside(path: string, what: string, end: number, file: SourceFile): VideoError {
  return new VideoError(
    'truncated',
    path,
    `partial file: ${what} needs ${end} bytes, the file ends after ${file.size()}`,
  );
}

/** Walks the top-level boxes (ISO/IEC 14496-12). */
function requireWholeMp4(file: SourceFile, path: string, firstBox: string): void {
  const size = file.size();
  let hasIndex = false;
  for (let offset = 0, boxes = 0; offset + 8 <= size; boxes++) {
    const header = bytesAt(file, offset, 16);
    const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => header.getUint8(i)));
    const length = boxLength(header, size - offset);
    if (length === undefined || boxes >= MAX_BOXES) return;
    hasIndex ||= type === 'moov';
    if (offset + length > size && ESSENTIAL.has(type)) {
      if (hasIndex) throw cutInside(path, `box '${type}'`, offset + length, file);
      const reason = `moov atom not found: the file ends after ${size} bytes, inside box '${type}' of ${length}`;
      throw new VideoError('truncated', path, reason);
    }
    offset += length;
  }
  if (!hasIndex && firstBox === 'ftyp') {
    throw new VideoError('truncated', path, 'moov atom not found: the file has no index');
  }
}

/** Bytes of the box including its header; undefined where the header makes no sense. */
function boxLength(header: DataView, remaining: number): number | undefined {
  const short = header.getUint32(0);
  if (short === 0) return remaining;
  const length = short === 1 && header.byteLength === 16 ? Number(header.getBigUint64(8)) : short;
  return length >= 8 ? length : undefined;
}

const EBML = [0x1a, 0x45, 0xdf, 0xa3];
const SEGMENT = 0x18538067;

/** Matroska and WebM: the segment, which is everything behind the header, states its size unless it was written live. */
function requireWholeMatroska(file: SourceFile, path: string): void {
  const header = elementSize(file, 4);
  if (header?.value === undefined) return;
  const segment = header.end + header.value;
  if (segment + 12 > file.size() || bytesAt(file, segment, 4).getUint32(0) !== SEGMENT) return;
  const content = elementSize(file, segment + 4);
  if (content?.value === undefined) return;
  const end = content.end + content.value;
  if (end > file.size()) throw cutInside(path, 'its segment', end, file);
}

/** An EBML size at `offset`: how much it states (undefined: unknown) and where it ends itself. */
function elementSize(file: SourceFile, offset: number): { value: number | undefined; end: number } | undefined {
  const bytes = bytesAt(file, offset, 8);
  if (bytes.byteLength < 8) return undefined;
  const length = Math.clz32(bytes.getUint8(0)) - 23;
  if (length > 8) return undefined;
  let value = bytes.getUint8(0) & (0xff >> length);
  let unknown = value === 0xff >> length;
  for (let i = 1; i < length; i++) {
    value = value * 256 + bytes.getUint8(i);
    unknown &&= bytes.getUint8(i) === 0xff;
  }
  return { value: unknown ? undefined : value, end: offset + length };
}

/** AVI: the list that holds the pictures states its size, 0 where the recorder did not come to write it. */
function requireWholeAvi(file: SourceFile, path: string): void {
  const size = file.size();
  const inside = new Set(['RIFF', 'AVI ', 'AVIX']);
  for (let offset = 0, chunks = 0; offset + 12 <= size && chunks < MAX_BOXES; chunks++) {
    const header = bytesAt(file, offset, 12);
    const text = (at: number) => String.fromCharCode(...[0, 1, 2, 3].map((i) => header.getUint8(at + i)));
    const length = header.getUint32(4, true);
    if (text(0) === 'LIST' && text(8) === 'movi') {
      // Some writers leave out the last byte, which only pads.
      if (offset + 8 + length > size + 1) throw cutInside(path, "list 'movi'", offset + 8 + length, file);
      if (length === 0) return;
    }
    offset += inside.has(text(0)) ? 12 : 8 + length + (length & 1);
  }
}

const ASF_HEADER = [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, 0xa6, 0xd9, 0x00, 0xaa, 0x00, 0x62, 0xce, 0x6c];
const ASF_DATA = [0x36, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, 0xa6, 0xd9, 0x00, 0xaa, 0x00, 0x62, 0xce, 0x6c];

/** ASF (wmv): the data object behind the header states its size, 0 or next to it where it was written live. */
function requireWholeAsf(file: SourceFile, path: string): void {
  const data = Number(bytesAt(file, 16, 8).getBigUint64(0, true));
  if (data + 24 > file.size()) return;
  const header = bytesAt(file, data, 24);
  if (!isBytes(new Uint8Array(header.buffer), ASF_DATA)) return;
  const end = data + Number(header.getBigUint64(16, true));
  if (end > file.size()) throw cutInside(path, 'its data object', end, file);
}

/** GIF and PNG: the last block says that it is the last. A few bytes of padding may follow. */
function requireEnd(file: SourceFile, path: string, mark: string): void {
  const tail = bytesAt(file, Math.max(0, file.size() - END_BYTES), END_BYTES);
  const text = String.fromCharCode(...new Uint8Array(tail.buffer, 0, tail.byteLength));
  if (!text.includes(mark)) throw new VideoError('truncated', path, 'partial file: its last block is missing');
}

function isBytes(bytes: Uint8Array, expected: readonly number[]): boolean {
  return expected.every((byte, i) => bytes[i] === byte);
}

/** Up to `length` bytes at `offset`; fewer at the end of the file. */
function bytesAt(file: SourceFile, offset: number, length: number): DataView {
  const bytes = new Uint8Array(length);
  return new DataView(bytes.buffer, 0, readFully(file, bytes, length, offset));
}
