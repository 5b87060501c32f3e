import { readFully, type SourceFile } from '../sources/source-file.js';
import { VideoError } from '../video-error.js';
import { extendedFields, hasChecksum, type PaxFields, sizeField, textField } from './tar-header.js';

/** A regular file inside a tar archive, or a link to one. */
export interface TarMember {
  name: string;
  /** Where its bytes begin in the archive. */
  offset: number;
  size: number;
  /** Which of the archives that were joined to one file it belongs to, from 0. */
  archive: number;
  /** The member a link leads to, as the link has it; hard links name it in full, others from their own folder. */
  link?: { kind: 'hard' | 'symbolic'; target: string };
}

const BLOCK = 512;
/** Extended headers (long names) larger than this are not believed. */
const MAX_EXTENDED = 1 << 20;
/** Read at once while looking for what follows an archive's end. */
const CHUNK = 1 << 16;

/**
 * The regular files of a tar archive (POSIX ustar and pax, GNU long names) and the links among them, in order. Reads
 * headers only. Archives that were joined to one file (`cat a.tar b.tar`) are read to the last.
 *
 * A streaming tar library would have to be fed every byte; this one asks for the headers alone, which over http is a
 * few requests instead of the whole shard.
 *
 * @throws VideoError `not-a-video` when the archive is not a tar file or a header makes no sense, `truncated` when it
 *   ends too early
 */
export function* tarMembers(file: SourceFile, path: string): Generator<TarMember> {
  const end = file.size();
  if (end === 0) throw new VideoError('empty', path, 'the file has 0 bytes');
  const header = Buffer.alloc(BLOCK);
  let extended: PaxFields = {};
  let archive = 0;
  for (let offset = 0; ; ) {
    if (offset >= end) throw withoutEnd(path, end);
    if (readFully(file, header, BLOCK, offset) < BLOCK) {
      throw offset === 0 ? noHeader(path, offset, header, archive) : cutOff(path, offset);
    }
    if (header.every((byte) => byte === 0)) {
      const next = nextArchive(file, offset);
      if (next === undefined) return;
      offset = next;
      archive += 1;
      readFully(file, header, BLOCK, offset);
    }
    if (!hasChecksum(header)) throw noHeader(path, offset, header, archive);
    const type = header.toString('latin1', 156, 157);
    const isEmpty = /[1-6]/.test(type);
    const size = isEmpty ? 0 : (extended.size ?? sizeField(header, 124, 12));
    const start = offset + BLOCK;
    if (!(size >= 0)) {
      const found = extended.sizeText ?? textField(header, 124, 12);
      throw damaged(path, offset, `a size of ${JSON.stringify(found)}, which is none`);
    }
    if (start + size > end) throw cutOff(path, offset);
    if ('LKxX'.includes(type)) {
      if (size > MAX_EXTENDED) throw damaged(path, offset, `a name of ${size} bytes`);
      const content = Buffer.alloc(size);
      readFully(file, content, size, start);
      if (type === 'L') extended = { ...extended, name: textField(content, 0, size) };
      else if (type === 'K') extended = { ...extended, link: textField(content, 0, size) };
      else
        extended = { ...extended, ...extendedFields(content, () => damaged(path, offset, 'an unreadable pax record')) };
    } else if (type !== 'g') {
      const name = extended.name ?? plainName(header);
      if (type === 'S' || extended.isSparse) {
        throw new VideoError('not-a-video', path, `${name} is stored as a sparse file; pack it without --sparse`);
      }
      if (type === '1' || type === '2') {
        const link = {
          kind: type === '1' ? 'hard' : 'symbolic',
          target: extended.link ?? textField(header, 157, 100),
        } as const;
        yield { name, offset: start, size: 0, archive, link };
      } else if ('0\x007'.includes(type) && !name.endsWith('/')) yield { name, offset: start, size, archive };
      extended = {};
    }
    offset = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}

/** The first block from `offset` on that is not zero: where another archive begins; undefined at the end. */
function nextArchive(file: SourceFile, offset: number): number | undefined {
  const chunk = Buffer.alloc(CHUNK);
  for (let at = offset; at < file.size(); at += CHUNK) {
    const length = readFully(file, chunk, CHUNK, at);
    const found = chunk.subarray(0, length).findIndex((byte) => byte !== 0);
    if (found >= 0) return at + found - (found % BLOCK);
  }
  return undefined;
}

function plainName(header: Buffer): string {
  const name = textField(header, 0, 100);
  const isPosix = header.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? textField(header, 345, 155) : '';
  return prefix ? `${prefix}/${name}` : name;
}

function cutOff(path: string, offset: number): VideoError {
  return new VideoError('truncated', path, `the archive ends inside the member whose header is at byte ${offset}`);
}

function withoutEnd(path: string, end: number): VideoError {
  const reason =
    `the archive stops at byte ${end} without the empty blocks that end one: it was cut off, or what wrote it did not ` +
    'finish; fetch or pack it again, or, if nothing is missing, add them: truncate -s +1024 FILE';
  return new VideoError('truncated', path, reason);
}

function damaged(path: string, offset: number, what: string): VideoError {
  return new VideoError('not-a-video', path, `the tar header at byte ${offset} has ${what}: the archive is damaged`);
}

function noHeader(path: string, offset: number, block: Buffer, archive: number): VideoError {
  const isGzip = offset === 0 && block[0] === 0x1f && block[1] === 0x8b;
  const isZstd = offset === 0 && block.readUInt32LE(0) === 0xfd2fb528;
  const reason =
    isGzip || isZstd
      ? 'it is compressed; unpack it to a plain tar archive'
      : archive > 0
        ? `what follows the archive's end, at byte ${offset}, is no other archive; cut it off: truncate -s ${offset} FILE`
        : `there is no tar header at byte ${offset}: not a tar archive, or damaged`;
  return new VideoError('not-a-video', path, reason);
}
