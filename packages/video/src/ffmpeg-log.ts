import { colorMatrix } from './color-tables.js';
import type { PictureColor } from './stream-picture.js';

/** A picture that passes FFmpeg's `showinfo` filter. */
export interface ShownPicture extends PictureColor {
  width: number;
  height: number;
  interlaced: boolean;
}

/**
 * The picture, but for its colours, that a line of the `showinfo` filter of this name tells of; undefined for other lines. The log also holds
 * what a file says in words: a name that nobody can know beforehand tells the filter's lines from those.
 */
export function shownPicture(line: string, filterName: string): ShownPicture | undefined {
  if (!line.startsWith(`[${filterName} @ `)) return undefined;
  const match = /^\S+ @ \w+\] n:.* s:(\d+)x(\d+) i:([PTB]) /.exec(line);
  return match ? { width: Number(match[1]), height: Number(match[2]), interlaced: match[3] !== 'P' } : undefined;
}

/** The colours of the picture that the filter told of before; undefined for other lines. */
export function shownColor(line: string, filterName: string): PictureColor | undefined {
  if (!line.startsWith(`[${filterName} @ `)) return undefined;
  const match = /^\S+ @ \w+\] color_range:(\S+) color_space:(\S+)/.exec(line);
  if (!match) return undefined;
  const [, range, space] = match;
  return {
    matrix: space === 'unknown' ? undefined : colorMatrix(space),
    range: range === 'pc' ? 'full' : range === 'tv' ? 'limited' : undefined,
  };
}

/** How many frames came out of a stream's codec, from the sum that a verbose log ends with; undefined for other lines. */
export function decodedFrames(line: string): number | undefined {
  const count = /^\s*Input stream #0:\d+ \(video\): .*; (\d+) frames decoded/.exec(line)?.[1];
  return count === undefined ? undefined : Number(count);
}

/** Lines that are never the reason of a failure. */
const NOISE =
  /misdetection possible|^\[(showinfo@\w+|graph \d+ input|out#\d+\/\w+|swscaler) |^(\s|Input #|Output #|Stream mapping|frame=|video:|Press \[q\]|Aborted\(|ffmpeg version|At least one output|Conversion failed|Last message repeated|Consider increasing)/;

/** The last lines in which FFmpeg explains a failure, with its internal file name replaced by `path`. */
export function failureReason(log: string[], internalName: string, path: string): string {
  const lines = log.filter((line) => line.trim() !== '' && !NOISE.test(line));
  const reason = [...new Set(lines.slice(-3))]
    .map((line) => line.replace(/^\[(\S+) @ 0x[0-9a-f]+\] /, '$1: ').replaceAll(internalName, path))
    .join('; ');
  return reason || 'FFmpeg gave no reason';
}
