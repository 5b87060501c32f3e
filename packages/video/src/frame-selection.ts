import type { PacketIndex } from './packet-index.js';

/** How to get a set of frames out of a file with FFmpeg. */
export interface FrameSelection {
  /** Presentation time of the key frame that decoding starts at; undefined when counting. */
  seekTime?: number | undefined;
  /** Seconds to seek to, relative to the container's start; undefined: read from the beginning. */
  seek: number | undefined;
  /** Expression of FFmpeg's `select` filter that is true exactly for the wanted frames. */
  select: string;
}

/**
 * Containers in which FFmpeg seeks by a table of key frames. In others (transport streams) it lands anywhere, and some
 * decoders then show pictures whose references they never saw.
 */
const KEY_FRAME_SEEK = /\b(mov|matroska|flv)\b/;

/**
 * Selection by presentation time after a seek. `indices` are sorted and unique. The seek aims midway between the first
 * wanted frame and the one before it, so that rounding of times cannot lead past the wanted frame.
 */
export function selectByTime(index: PacketIndex, times: Float64Array, indices: ArrayLike<number>): FrameSelection {
  const first = indices[0]!;
  const firstTime = times[first]!;
  const { startTime, timeBase, keyTimes } = index;
  const [numerator, denominator] = timeBase;
  // Nothing is gained by a seek when the nearest key frame is the first.
  const seekable =
    first > 0 && keyTimes.length > 1 && keyTimes[1]! <= firstTime && KEY_FRAME_SEEK.test(index.container);
  const aim = seekable ? (((firstTime + times[first - 1]!) / 2) * numerator) / denominator - startTime : undefined;
  const keyTime = keyTimes.findLast((time) => time <= firstTime);
  const selected = Array.from({ length: indices.length }, (_, i) => times[indices[i]!]!);
  return {
    seekTime: seekable ? keyTime : keyTimes[0],
    seek: aim,
    select: balancedSum(selected.map((time) => `eq(pts,${time})`)),
  };
}

/** Selection by counting from the start of the file: exact wherever the file decodes at all. */
export function selectByCount(indices: ArrayLike<number>): FrameSelection {
  return {
    seek: undefined,
    select: balancedSum(runs(indices).map(([a, b]) => (a === b ? `eq(n,${a})` : `between(n,${a},${b})`))),
  };
}

/** Consecutive stretches [first, last] of sorted indices. */
function runs(indices: ArrayLike<number>): [number, number][] {
  const stretches: [number, number][] = [];
  for (let i = 0; i < indices.length; i++) {
    const last = stretches.at(-1);
    if (last && indices[i] === last[1] + 1) last[1] = indices[i]!;
    else stretches.push([indices[i]!, indices[i]!]);
  }
  return stretches;
}

/** Terms added pairwise, so that FFmpeg's recursive evaluator never goes deep. */
function balancedSum(terms: string[]): string {
  if (terms.length === 1) return terms[0]!;
  const middle = terms.length >> 1;
  return `(${balancedSum(terms.slice(0, middle))}+${balancedSum(terms.slice(middle))})`;
}
