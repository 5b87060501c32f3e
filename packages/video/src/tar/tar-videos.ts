import { readFully, type SourceFile } from '../sources/source-file.js';
import { tarMemberSource } from '../sources/source-location.js';
import { VideoError } from '../video-error.js';
import { type TarMember, tarMembers } from './tar-members.js';

/** One sample of a WebDataset-style shard. */
export interface TarVideo {
  /** What the members of one sample share: their name up to the first dot. */
  key: string;
  /** Goes wherever a video's path goes. */
  path: string;
  /** From the member `.cls` (a number) or `.json` (`label` or `cls`); -1 without one. */
  label: number;
}

const VIDEO = /\.(mp4|m4v|mov|mkv|webm|avi|mpg|mpeg|ts|flv|wmv|3gp)$/i;
const MAX_LABEL_BYTES = 1 << 20;

/**
 * The videos of a tar shard in the order they lie in it, with their labels.
 * @throws VideoError `not-a-video` or `truncated` about the archive, `unreadable` about a label
 */
export function tarVideos(file: SourceFile, path: string): TarVideo[] {
  const samples = new Map<string, { video?: TarMember; label: number }>();
  for (const member of tarMembers(file, path)) {
    const key = sampleKey(member.name);
    const sample = samples.get(key) ?? { label: -1 };
    samples.set(key, sample);
    if (VIDEO.test(member.name)) sample.video ??= member;
    else if (/\.(cls|json)$/i.test(member.name)) sample.label = readLabel(file, path, member) ?? sample.label;
  }
  return [...samples].flatMap(([key, { video, label }]) =>
    video ? [{ key, path: tarMemberSource(path, video), label }] : [],
  );
}

function sampleKey(name: string): string {
  const file = name.lastIndexOf('/') + 1;
  const dot = name.indexOf('.', file);
  return dot < 0 ? name : name.slice(0, dot);
}

function readLabel(file: SourceFile, path: string, { name, offset, size }: TarMember): number | undefined {
  const bytes = Buffer.alloc(Math.min(size, MAX_LABEL_BYTES));
  readFully(file, bytes, bytes.length, offset);
  const text = bytes.toString('utf8').trim();
  const value = name.toLowerCase().endsWith('.cls') ? Number(text) : jsonLabel(text, path, name);
  if (value !== undefined && !Number.isInteger(value)) {
    throw new VideoError('unreadable', path, `label '${text.slice(0, 40)}' of ${name} is not a whole number`);
  }
  return value;
}

function jsonLabel(text: string, path: string, name: string): number | undefined {
  try {
    const content = JSON.parse(text) as { label?: number; cls?: number };
    return content.label ?? content.cls;
  } catch {
    throw new VideoError('unreadable', path, `${name} is not JSON`);
  }
}
