import { posix } from 'node:path';
import { readFully, type SourceFile } from '../sources/source-file.js';
import { tarMemberSource } from '../sources/source-location.js';
import { VideoError } from '../video-error.js';
import { type TarMember, tarMembers } from './tar-members.js';

/** One video of a WebDataset-style shard. */
export interface TarVideo {
  /** Its member's name without the extension. */
  key: string;
  /** Goes wherever a video's path goes. */
  path: string;
  /** From the member `.cls` (a number) or `.json` (`label` or `cls`); -1 without one, and where it is no number from 0. */
  label: number;
  /** A label that is no number from 0, such as a class's name. */
  className?: string;
}

const VIDEO = /\.(3g2|3gp|asf|avi|f4v|flv|m2ts|m2v|m4v|mkv|mov|mp4|mpeg|mpg|mts|mxf|ogv|ts|vob|webm|wmv)$/i;
const LABEL = /\.(cls|json)$/i;
const MAX_LABEL_BYTES = 1 << 20;

/** What a member says about the class; both undefined: nothing. */
interface Label {
  number?: number;
  name?: string;
}

/**
 * The videos of a tar shard in the order they lie in it, with their labels. Names that begin with a dot are passed over,
 * as by WebDataset. Every other member with a video's extension is a video; its label is the member of the longest name
 * that it begins with: `clip_1.5s.cls` before `clip_1.cls` for `clip_1.5s.mp4`. Archives joined to one file share no
 * labels.
 *
 * A label that makes no sense is no error: those who need labels see that `label` is -1.
 *
 * @throws VideoError `not-a-video` or `truncated` about the archive, `missing` about a link to what is not in it
 */
export function tarVideos(file: SourceFile, path: string): TarVideo[] {
  const members = [...tarMembers(file, path)].filter(({ name }) => !posix.basename(name).startsWith('.'));
  const find = linkedMembers(members, path);
  const labels = new Map<string, Label>();
  for (const member of members) {
    if (!LABEL.test(member.name)) continue;
    const place = placeOf(member, withoutExtension(member.name));
    labels.set(place, joined(labels.get(place), readLabel(file, member.name, find(member))));
  }
  return members.flatMap((member): TarVideo[] => {
    if (!VIDEO.test(member.name)) return [];
    const { offset, size } = find(member);
    const key = withoutExtension(member.name);
    const { number = -1, name } = stems(key).flatMap((stem) => labels.get(placeOf(member, stem)) ?? [])[0] ?? {};
    const source = tarMemberSource(path, { name: member.name, offset, size });
    return [{ key, path: source, label: number, ...(number < 0 && name !== undefined ? { className: name } : {}) }];
  });
}

/** Members are found by name only within their own archive. */
function placeOf({ archive }: TarMember, name: string): string {
  return `${archive}/${posix.normalize(name)}`;
}

/** A function from a member to the one that holds its bytes, links followed. */
function linkedMembers(members: readonly TarMember[], path: string): (member: TarMember) => TarMember {
  const known = new Map(members.map((member) => [placeOf(member, member.name), member]));
  return (member) => {
    let found: TarMember | undefined = member;
    for (let depth = 0; found?.link !== undefined; depth++) {
      const { kind, target } = found.link;
      const name: string = kind === 'hard' ? target : posix.join(posix.dirname(found.name), target);
      found = depth < 40 ? known.get(placeOf(found, name)) : undefined;
    }
    if (found) return found;
    const reason = `${member.name} is a link to ${member.link!.target}, which is not in the archive; pack it with --dereference`;
    throw new VideoError('missing', path, reason);
  };
}

function withoutExtension(name: string): string {
  return name.slice(0, name.lastIndexOf('.'));
}

/** A name, and what is left of it at each dot of its last part: `a/b.c.d`, `a/b.c`, `a/b`. */
function stems(key: string): string[] {
  const file = key.lastIndexOf('/') + 1;
  const found = [key];
  for (let dot = key.lastIndexOf('.'); dot > file; dot = key.lastIndexOf('.', dot - 1)) found.push(key.slice(0, dot));
  return found;
}

function readLabel(file: SourceFile, name: string, { offset, size }: TarMember): Label {
  if (size > MAX_LABEL_BYTES) return { name: `${size} bytes of ${name}` };
  const bytes = Buffer.alloc(size);
  readFully(file, bytes, size, offset);
  const text = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trim();
  return name.toLowerCase().endsWith('.cls') ? labelOf(text) : jsonLabel(text);
}

function jsonLabel(text: string): Label {
  try {
    const content = JSON.parse(text) as { label?: unknown; cls?: unknown } | null;
    return labelOf(content?.label ?? content?.cls);
  } catch {
    return { name: text.slice(0, 40) };
  }
}

/** Nothing, and -1, are no label. */
function labelOf(value: unknown): Label {
  if (value === undefined || value === null || value === '' || String(value) === '-1') return {};
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^\d{1,15}$/.test(text) ? { number: Number(text) } : { name: text.slice(0, 200) };
}

/** What two members say about the same name: a number before a name; two that differ are none. */
function joined(one: Label = {}, other: Label): Label {
  if (one.number !== undefined && other.number !== undefined) {
    return one.number === other.number ? one : { name: `${one.number} and ${other.number}` };
  }
  const number = one.number ?? other.number;
  if (number !== undefined) return { number };
  const names = [...new Set([one.name, other.name].filter((name) => name !== undefined))];
  return names.length === 0 ? {} : { name: names.join(' and ') };
}
