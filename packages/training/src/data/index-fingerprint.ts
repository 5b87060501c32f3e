import { crc32 } from 'node:zlib';
import type { BenchmarkEntry } from '@vjepa/benchmarks';

/** Length and checksum of a run's list of videos: the order in which a run visits them depends on both. */
export interface IndexFingerprint {
  videos: number;
  checksum: string;
}

/** The fingerprint of a list: paths and labels, in their order. */
export function indexFingerprint(videos: readonly BenchmarkEntry[]): IndexFingerprint {
  let value = 0;
  for (const { path, label } of videos) value = crc32(`${path} ${label}\n`, value);
  return { videos: videos.length, checksum: value.toString(16).padStart(8, '0') };
}

/**
 * What a resumed run says when its list is not the one it was started with: it goes on, but not as the uninterrupted
 * run would have.
 *
 * @param before as a checkpoint keeps it; undefined in those that have none
 */
export function indexDifference(before: unknown, now: IndexFingerprint): string | undefined {
  const { videos, checksum } = (before ?? {}) as Partial<IndexFingerprint>;
  if (checksum === undefined || checksum === now.checksum) return undefined;
  const change = videos === now.videos ? `its ${videos} entries are others` : `${videos} entries -> ${now.videos}`;
  return `the index has changed since this run was stopped (${change}): it goes on with other videos than it would have`;
}
