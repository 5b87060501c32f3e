import { extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inputArguments } from '../containers.js';
import { VideoError } from '../video-error.js';

/** Where the bytes of a video are: a file, an http(s) address, or a stretch of either (a member of a tar archive). */
export interface SourceLocation {
  kind: 'file' | 'http';
  /** Path on disk or URL. */
  place: string;
  /** The stretch; undefined: all of it. */
  member: { offset: number; size: number } | undefined;
  /** File name, for its extension. */
  name: string;
}

// A member's name may hold anything, line breaks among it.
const MEMBER = /#tar:(\d+)\+(\d+):(.*)$/s;

/**
 * Reads the `path` of a video: a path, a `file://`, `http://` or `https://` URL, or what `tarMemberSource` gives.
 *
 * @throws VideoError `missing` for an address that is none
 */
export function parseSource(path: string): SourceLocation {
  const match = MEMBER.exec(path);
  const whole = match ? path.slice(0, match.index) : path;
  const member = match ? { offset: Number(match[1]), size: Number(match[2]) } : undefined;
  if (/^https?:\/\//i.test(whole)) {
    const name = match?.[3] ?? unescaped(addressOf(whole).pathname.split('/').pop() ?? '');
    return { kind: 'http', place: whole, member, name };
  }
  const place = /^file:\/\//i.test(whole) ? pathOf(whole) : whole;
  return { kind: 'file', place, member, name: match?.[3] ?? place };
}

function addressOf(text: string): URL {
  if (!URL.canParse(text)) throw new VideoError('missing', text, 'this is no address');
  return new URL(text);
}

function pathOf(address: string): string {
  try {
    return fileURLToPath(address);
  } catch (error) {
    throw VideoError.from(error, address, 'missing');
  }
}

/** A name without its percent escapes; as it is where they are none (`100%.mp4`). */
export function unescaped(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/**
 * The same source whatever the current folder: relative paths and `file://` URLs become absolute paths. An address that
 * is none stays as it is, for whoever opens it to say so.
 */
export function absoluteSource(path: string): string {
  if (/^https?:\/\//i.test(path)) return path;
  try {
    const { place, member, name } = parseSource(path);
    return member ? tarMemberSource(resolve(place), { name, ...member }) : resolve(place);
  } catch {
    return path;
  }
}

/** The source that is one member of a tar archive, to be used wherever a video's path is. */
export function tarMemberSource(
  archive: string,
  { name, offset, size }: { name: string; offset: number; size: number },
): string {
  return `${archive}#tar:${offset}+${size}:${name}`;
}

/** A name without any meaning for the source; its extension helps FFmpeg to recognise raw streams. */
export function plainName(path: string): string {
  const extension = extname(parseSource(path).name).toLowerCase();
  return /^\.[a-z0-9]{1,8}$/.test(extension) ? `input${extension}` : 'input';
}

/** How FFmpeg's own file access names the source, and the protocols it needs for that. */
export function ffmpegInput(path: string): { input: string; protocols: string } {
  const { kind, place, member } = parseSource(path);
  // The protocol is spelled out so that a name such as `http:x.mp4` stays a file.
  const whole = kind === 'file' ? `file:${place}` : place;
  const protocols = kind === 'file' ? 'file' : 'http,https,tcp,tls,httpproxy,crypto';
  if (!member) return { input: whole, protocols };
  const { offset, size } = member;
  return { input: `subfile,,start,${offset},end,${offset + size},,:${whole}`, protocols: `${protocols},subfile` };
}

/**
 * Arguments with which an `ffmpeg` or `ffprobe` command opens a source as a container of video and as nothing else: no
 * playlist is read, and nothing but the source itself is opened, whatever its name and its contents.
 */
export function sourceArguments(path: string): string[] {
  const { input, protocols } = ffmpegInput(path);
  return ['-protocol_whitelist', protocols, ...inputArguments(input)];
}
