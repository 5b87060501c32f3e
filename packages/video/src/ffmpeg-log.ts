import { colorMatrix } from './color-tables.js';
import type { VideoStream } from './packet-index.js';
import { quarterTurn } from './rotate-frames.js';

/** A picture track as FFmpeg's log describes it. */
export interface LoggedVideoStream extends Omit<VideoStream, 'timeBase'> {
  /** Bits per second as printed, 0 where unknown. */
  bitRate: number;
  isDefault: boolean;
}

/** Rates that FFmpeg's two printed decimals stand for. */
const NTSC_RATES = [24000 / 1001, 30000 / 1001, 48000 / 1001, 60000 / 1001, 120000 / 1001];

/**
 * Reads the description of the input from what `ffmpeg -i` writes to standard error: every video stream that is not
 * a cover picture, in file order.
 */
export function parseVideoStreams(log: string[]): LoggedVideoStream[] {
  const streams: LoggedVideoStream[] = [];
  let container = '';
  let startTime = 0;
  let current: LoggedVideoStream | undefined;
  for (const line of log) {
    if (/^Output #0|^Stream mapping:/.test(line)) break;
    const input = /^Input #0, (\S+), from/.exec(line);
    if (input) container = input[1]!;
    const start = /^ {2}Duration: .*start: (-?[\d.]+)/.exec(line);
    if (start) startTime = Number(start[1]);
    if (/^ {2}Stream #0:\d+/.test(line)) {
      current = parseStreamLine(line, container, startTime);
      if (current) streams.push(current);
    }
    const matrix = /display ?matrix: rotation of (-?[\d.]+) degrees/i.exec(line);
    if (matrix && current) current.rotation = quarterTurn(-Number(matrix[1]));
  }
  return streams;
}

function parseStreamLine(line: string, container: string, startTime: number): LoggedVideoStream | undefined {
  const head = /^ {2}Stream #0:(\d+)(?:\[\w+\])?(?:\([^)]*\))?: Video: (\w+)/.exec(line);
  if (!head || /\(attached pic\)/.test(line)) return undefined;
  const fields = splitOutsideParentheses(line.slice(head[0].length));
  const layout = fields[1] ?? '';
  const size = fields.map((field) => /^(\d+)x(\d+)\b/.exec(field)).find((match) => match !== null);
  const details = /\(([^)]*)\)/.exec(layout)?.[1]?.split(', ') ?? [];
  const pixelFormat = /^\w+/.exec(layout)?.[0] ?? 'none';
  const color = details.find((detail) => /^(?!tv|pc|progressive|top|bottom)[\w-]+(\/[\w-]+)*$/.test(detail));
  return {
    stream: Number(head[1]),
    container,
    codec: head[2]!,
    pixelFormat,
    width: size ? Number(size[1]) : 0,
    height: size ? Number(size[2]) : 0,
    averageRate: printedRate(fields),
    rotation: 0,
    matrix: colorMatrix(color?.split('/')[0]),
    range: details.includes('pc') || pixelFormat.startsWith('yuvj') ? 'full' : 'limited',
    startTime,
    bitRate: Number(fields.map((field) => /^(\d+) kb\/s/.exec(field)?.[1]).find(Boolean) ?? 0) * 1000,
    isDefault: /\(default\)/.test(line),
  };
}

/** Splits `a, b (c, d), e` at the commas outside parentheses. */
function splitOutsideParentheses(text: string): string[] {
  return text
    .split(/,\s*(?![^()]*\))/)
    .map((field) => field.trim())
    .filter((field, i) => i === 0 || field !== '');
}

function printedRate(fields: string[]): number {
  const field = fields.find((text) => / fps\b/.test(text)) ?? fields.find((text) => / tbr\b/.test(text));
  const match = field && /^([\d.]+)(k?) (?:fps|tbr)/.exec(field);
  if (!match) return 0;
  const rate = Number(match[1]) * (match[2] ? 1000 : 1);
  return NTSC_RATES.find((exact) => Math.abs(exact - rate) < 0.006) ?? rate;
}

/** A picture that passes FFmpeg's `showinfo` filter. */
export interface ShownPicture {
  width: number;
  height: number;
  interlaced: boolean;
}

/** The picture that a line of FFmpeg's `showinfo` filter tells of; undefined for other lines. */
export function shownPicture(line: string): ShownPicture | undefined {
  const match = /^\[Parsed_showinfo_\d+ @ \w+\] n:.* s:(\d+)x(\d+) i:([PTB]) /.exec(line);
  return match ? { width: Number(match[1]), height: Number(match[2]), interlaced: match[3] !== 'P' } : undefined;
}

/** How many frames came out of a stream's codec, from the sum that a verbose log ends with; undefined for other lines. */
export function decodedFrames(line: string): number | undefined {
  const count = /^\s*Input stream #0:\d+ \(video\): .*; (\d+) frames decoded/.exec(line)?.[1];
  return count === undefined ? undefined : Number(count);
}

/** FFmpeg's choice among several video streams: default ones first, then the higher bit rate, then the first. */
export function bestStream<T extends { bitRate: number; isDefault: boolean }>(streams: T[]): T | undefined {
  let best: T | undefined;
  for (const stream of streams) {
    if (!best) best = stream;
    else if (stream.isDefault !== best.isDefault) best = stream.isDefault ? stream : best;
    else if (stream.bitRate > best.bitRate) best = stream;
  }
  return best;
}

/** Lines that are never the reason of a failure. */
const NOISE =
  /misdetection possible|^\[(Parsed_showinfo_\d+|graph \d+ input|out#\d+\/\w+|swscaler) |^(\s|Input #|Output #|Stream mapping|frame=|video:|Press \[q\]|Aborted\(|ffmpeg version|At least one output|Conversion failed|Last message repeated|Consider increasing)/;

/** The last lines in which FFmpeg explains a failure, with its internal file name replaced by `path`. */
export function failureReason(log: string[], internalName: string, path: string): string {
  const lines = log.filter((line) => line.trim() !== '' && !NOISE.test(line));
  const reason = [...new Set(lines.slice(-3))]
    .map((line) => line.replace(/^\[(\S+) @ 0x[0-9a-f]+\] /, '$1: ').replaceAll(internalName, path))
    .join('; ');
  return reason || 'FFmpeg gave no reason';
}
