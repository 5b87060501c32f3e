import { existsSync, readFileSync } from 'node:fs';
import { appendText } from './append-text.js';
import { writeFileAtomically } from './atomic-file.js';

/** One line of `bad-videos.jsonl`: a video that could not be used at a step, and the one that took its place. */
export interface BadVideoRecord {
  step: number;
  path: string;
  reason: string;
  replacedBy: string;
}

/** Appends one replacement. */
export function appendBadVideo(path: string, record: BadVideoRecord): void {
  appendText(path, `${JSON.stringify(record)}\n`);
}

/** The replacements of a run so far; a last line that was cut off by a crash is passed over. */
export function readBadVideos(path: string): BadVideoRecord[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as BadVideoRecord];
      } catch {
        return [];
      }
    });
}

/** Removes replacements of steps after `lastStep`, which a resumed run is about to repeat. */
export function truncateBadVideos(path: string, lastStep: number): void {
  if (!existsSync(path)) return;
  const kept = readBadVideos(path).filter(({ step }) => step <= lastStep);
  writeFileAtomically(path, kept.map((record) => `${JSON.stringify(record)}\n`).join(''));
}
