import { appendRecord, readRecords, type StepRecord, truncateRecords } from './step-records.js';

/** One line of `bad-videos.jsonl`: a video that could not be used at a step, and the one that took its place. */
export interface BadVideoRecord extends StepRecord {
  path: string;
  reason: string;
  replacedBy: string;
  /** The failure says nothing about the video: it could not be reached, or not in time. Absent: it does. */
  passing?: true;
}

/** Appends one replacement. */
export function appendBadVideo(path: string, record: BadVideoRecord): void {
  appendRecord(path, record);
}

/** The replacements of a run so far; a last line that was cut off by a crash is passed over. */
export function readBadVideos(path: string): BadVideoRecord[] {
  return readRecords(path);
}

/** Removes replacements of steps after `lastStep`, which a resumed run is about to repeat. */
export function truncateBadVideos(path: string, lastStep: number): void {
  truncateRecords(path, lastStep);
}
