import { appendRecord, readRecords, type StepRecord, truncateRecords } from './step-records.js';

/** One line of `short-videos.jsonl`: a video shorter than a clip, at the step that first drew it. */
export interface ShortVideoRecord extends StepRecord {
  path: string;
  /** Frames the video has. */
  frames: number;
  /** Frames of the video that a clip spans. */
  needed: number;
}

/** Appends one video. */
export function appendShortVideo(path: string, record: ShortVideoRecord): void {
  appendRecord(path, record);
}

/** The short videos of a run so far, each once. */
export function readShortVideos(path: string): ShortVideoRecord[] {
  return readRecords(path);
}

/** Removes videos that were first drawn after `lastStep`: a resumed run is about to draw them again. */
export function truncateShortVideos(path: string, lastStep: number): void {
  truncateRecords(path, lastStep);
}
