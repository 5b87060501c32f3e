import type { IndexedVideo } from '@vjepa/benchmarks';
import type { VideoCheck } from '@vjepa/video';

/** A video that cannot be used, and why. */
export interface BadFile {
  path: string;
  reason: string;
  code: string;
  label: number;
}

/** What `vjepa validate` found in an index. */
export interface ValidationReport {
  index: string;
  /** Entries of the index, how many of them name a good video, and how many name one that an earlier entry named. */
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
  seconds: number;
}

/** Sums up checks of an index's videos, one check per distinct path. */
export function validationReport(
  index: string,
  videos: readonly IndexedVideo[],
  checks: ReadonlyMap<string, VideoCheck>,
  seconds: number,
): ValidationReport {
  const distinct = new Map(videos.map((video) => [video.path, video]));
  const bad: BadFile[] = [];
  const unreachable: BadFile[] = [];
  const lengths: number[] = [];
  const codecs: Record<string, number> = {};
  const sizes: Record<string, number> = {};
  for (const { path, label } of distinct.values()) {
    const check = checks.get(path)!;
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
    index,
    total: videos.length,
    good: videos.filter(({ path }) => checks.get(path)!.good).length,
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
    seconds,
  };
}
