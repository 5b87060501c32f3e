import { colorMatrix } from './color-tables.js';
import { matrixOrientation } from './orientation.js';
import type { VideoStream } from './packet-index.js';

/** A picture track as a demuxer describes it. */
export interface DescribedVideoStream extends VideoStream {
  /** Bits per second as the container states them, 0 where it does not. */
  bitRate: number;
  isDefault: boolean;
}

/** What ffprobe says of a file. */
export interface FileDescription {
  /** Streams of all kinds. */
  streamCount: number;
  /** Every video stream that is not a cover picture, in file order. */
  videoStreams: DescribedVideoStream[];
}

/**
 * The facts that are asked for: only what the demuxer found out, never what a file says in words (titles, tags,
 * languages), which ffmpeg's log mixes in.
 */
const ENTRIES = [
  'format=format_name,start_time,nb_streams',
  'stream=index,codec_name,width,height,pix_fmt,color_range,color_space,avg_frame_rate,r_frame_rate,time_base,bit_rate',
  'stream_disposition=default,attached_pic',
  'stream_side_data=displaymatrix',
].join(':');

/** Arguments with which ffprobe describes the video streams of an input, for `parseDescription`. */
export function descriptionArguments(input: readonly string[]): string[] {
  return ['-v', 'error', '-of', 'json', '-show_entries', ENTRIES, '-select_streams', 'v', ...input];
}

interface ProbedStream {
  index: number;
  codec_name?: string;
  width?: number;
  height?: number;
  pix_fmt?: string;
  color_range?: string;
  color_space?: string;
  avg_frame_rate?: string;
  r_frame_rate?: string;
  time_base: string;
  bit_rate?: string;
  disposition?: { default?: number; attached_pic?: number };
  side_data_list?: { displaymatrix?: string }[];
}

/** Reads ffprobe's answer; undefined where it did not open the file. */
export function parseDescription(text: string): FileDescription | undefined {
  const { format, streams = [] } = parseJson(text) as {
    format?: { format_name?: string; start_time?: string; nb_streams?: number };
    streams?: ProbedStream[];
  };
  if (!format) return undefined;
  const container = format.format_name ?? '';
  const startTime = Number(format.start_time) || 0;
  return {
    streamCount: format.nb_streams ?? streams.length,
    videoStreams: streams
      .filter(({ disposition }) => !disposition?.attached_pic)
      .map((stream) => describe(stream, container, startTime)),
  };
}

/** ffprobe stops in the middle where its time limit passes. */
function parseJson(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}

function describe(stream: ProbedStream, container: string, startTime: number): DescribedVideoStream {
  const pixelFormat = stream.pix_fmt ?? 'none';
  const [numerator = 0, denominator = 1] = stream.time_base.split('/').map(Number);
  return {
    stream: stream.index,
    container,
    codec: stream.codec_name ?? 'unknown',
    pixelFormat,
    width: stream.width ?? 0,
    height: stream.height ?? 0,
    averageRate: ratio(stream.avg_frame_rate) || ratio(stream.r_frame_rate),
    ...matrixOrientation(displayMatrix(stream)),
    matrix: colorMatrix(stream.color_space),
    range: stream.color_range === 'pc' || pixelFormat.startsWith('yuvj') ? 'full' : 'limited',
    startTime,
    timeBase: [numerator, denominator],
    bitRate: Number(stream.bit_rate) || 0,
    isDefault: stream.disposition?.default === 1,
  };
}

/** `30000/1001` as a number; 0 for `0/0`. */
function ratio(text = ''): number {
  const [numerator = 0, denominator = 0] = text.split('/').map(Number);
  return numerator > 0 && denominator > 0 ? numerator / denominator : 0;
}

/** The nine numbers of the matrix, which ffprobe prints as numbered rows of three. */
function displayMatrix({ side_data_list: sideData = [] }: ProbedStream): number[] | undefined {
  const text = sideData.find(({ displaymatrix }) => displaymatrix !== undefined)?.displaymatrix;
  const rows = text?.trim().split('\n') ?? [];
  const numbers = rows.flatMap((row) =>
    row
      .replace(/^\s*[0-9a-f]+:/, '')
      .trim()
      .split(/\s+/)
      .map(Number),
  );
  return numbers.length === 9 && numbers.every(Number.isFinite) ? numbers : undefined;
}

/** FFmpeg's choice among several video streams: default ones first, then the higher bit rate, then the first. */
export function bestStream<T extends { bitRate: number; isDefault: boolean }>(streams: readonly T[]): T | undefined {
  let best: T | undefined;
  for (const stream of streams) {
    if (!best) best = stream;
    else if (stream.isDefault !== best.isDefault) best = stream.isDefault ? stream : best;
    else if (stream.bitRate > best.bitRate) best = stream;
  }
  return best;
}
