import type { VideoErrorCode } from '../video-error.js';
import type { VideoCheck } from './check-video.js';

/** A video that cannot be used, and why. */
export interface BadFile {
  path: string;
  reason: string;
  code: VideoErrorCode;
  label: number;
}

/** What checks of a list of videos come to. */
export interface CheckSummary {
  /** Entries of the list, how many of them name a good video, and how many name one that an earlier entry named. */
  total: number;
  good: number;
  duplicates: number;
  /** One entry per bad file. */
  bad: BadFile[];
  /** One entry per file that could not be reached, now and once more at the end: it may be good. */
  unreachable: BadFile[];
  /** Of the good videos. */
  frames: { total: number; min: number; median: number; max: number } | null;
  codecs: Record<string, number>;
  sizes: Record<string, number>;
}

/** Sums up checks of a list of videos, one check per distinct path, as `checkVideos` gives them. */
export function summarizeChecks(
  videos: readonly { path: string; label: number }[],
  checks: readonly VideoCheck[],
): CheckSummary {
  const checkOf = new Map(checks.map((check) => [check.path, check]));
  const distinct = new Map(videos.map((video) => [video.path, video]));
  const bad: BadFile[] = [];
  const unreachable: BadFile[] = [];
  const lengths: number[] = [];
  const codecs: Record<string, number> = {};
  const sizes: Record<string, number> = {};
  for (const { path, label } of distinct.values()) {
    const check = checkOf.get(path)!;
    if (!check.good) {
      const list = check.code === 'unavailable' ? unreachable : bad;
      list.push({ path, reason: check.reason, code: check.code, label });
      continue;
    }
    lengths.push(check.frames);
    codecs[check.codec] = (codecs[check.codec] ?? 0) + 1;
    const size = `${check.width}x${check.height}`;
    sizes[size] = (sizes[size] ?? 0) + 1;
  }
  lengths.sort((a, b) => a - b);
  return {
    total: videos.length,
    good: videos.filter(({ path }) => checkOf.get(path)!.good).length,
    duplicates: videos.length - distinct.size,
    bad,
    unreachable,
    frames:
      lengths.length === 0
        ? null
        : {
            total: lengths.reduce((sum, length) => sum + length, 0),
            min: lengths[0]!,
            median: lengths[lengths.length >> 1]!,
            max: lengths.at(-1)!,
          },
    codecs,
    sizes,
  };
}
