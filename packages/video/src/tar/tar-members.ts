import { readFully, type SourceFile } from '../sources/source-file.js';
import { VideoError } from '../video-error.js';

/** A regular file inside a tar archive. */
export interface TarMember {
  name: string;
  /** Where its bytes begin in the archive. */
  offset: number;
  size: number;
}

const BLOCK = 512;
/** Extended headers (long names) larger than this are not believed. */
const MAX_EXTENDED = 1 << 20;

/**
 * The regular files of a tar archive (POSIX ustar and pax, GNU long names), in order. Reads headers only.
 * @throws VideoError `not-a-video` when the archive is not a tar file, `truncated` when it ends too early
 */
export function* tarMembers(file: SourceFile, path: string): Generator<TarMember> {
  const header = Buffer.alloc(BLOCK);
  let extended: { name?: string; size?: number } = {};
  for (let offset = 0; offset < file.size(); ) {
    if (readFully(file, header, BLOCK, offset) < BLOCK) throw cutOff(path, offset);
    if (header.every((byte) => byte === 0)) return;
    if (!hasChecksum(header)) {
      throw new VideoError(
        'not-a-video',
        path,
        `there is no tar header at byte ${offset}: not a tar archive, or damaged`,
      );
    }
    const type = header.toString('latin1', 156, 157);
    const size = extended.size ?? numberField(header, 124, 12);
    const start = offset + BLOCK;
    if (start + size > file.size()) throw cutOff(path, offset);
    if (type === 'L' || type === 'x') {
      const content = Buffer.alloc(Math.min(size, MAX_EXTENDED));
      readFully(file, content, content.length, start);
      extended = type === 'L' ? { ...extended, name: textField(content, 0, content.length) } : paxFields(content);
    } else {
      if (type === '0' || type === '\0') yield { name: extended.name ?? plainName(header), offset: start, size };
      extended = {};
    }
    offset = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function cutOff(path: string, offset: number): VideoError {
  return new VideoError('truncated', path, `the archive ends inside the member whose header is at byte ${offset}`);
}

/** The sum of the header's bytes, its own field counted as spaces. */
function hasChecksum(header: Buffer): boolean {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : header[i]!;
  return sum === numberField(header, 148, 8);
}

/** Octal text, or for large numbers GNU's binary form marked by the highest bit. */
function numberField(header: Buffer, start: number, length: number): number {
  if (header[start]! & 0x80) return Number(header.readBigUInt64BE(start + length - 8));
  return Number.parseInt(textField(header, start, length).trim() || '0', 8);
}

function textField(bytes: Buffer, start: number, length: number): string {
  const end = bytes.indexOf(0, start);
  return bytes.toString('utf8', start, end >= 0 && end < start + length ? end : start + length);
}

function plainName(header: Buffer): string {
  const name = textField(header, 0, 100);
  const isPosix = header.toString('latin1', 257, 262) === 'ustar';
  const prefix = isPosix ? textField(header, 345, 155) : '';
  return prefix ? `${prefix}/${name}` : name;
}

/** Records `length key=value\n`. */
function paxFields(content: Buffer): { name?: string; size?: number } {
  const fields: { name?: string; size?: number } = {};
  for (let offset = 0; offset < content.length; ) {
    const space = content.indexOf(32, offset);
    const length = Number(content.toString('latin1', offset, space));
    if (space < 0 || !(length > 0)) break;
    const [key, ...value] = content.toString('utf8', space + 1, offset + length - 1).split('=');
    if (key === 'path') fields.name = value.join('=');
    if (key === 'size') fields.size = Number(value.join('='));
    offset += length;
  }
  return fields;
}
