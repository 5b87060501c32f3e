import { existsSync, readFileSync } from 'node:fs';
import { appendText } from './append-text.js';
import { writeFileAtomically } from './atomic-file.js';

/** Something that happened at a step: a line of a JSON lines file of a run. */
export interface StepRecord {
  step: number;
}

/** Appends one record. */
export function appendRecord(path: string, record: StepRecord): void {
  appendText(path, `${JSON.stringify(record)}\n`);
}

/** The records of a run so far; a last line that was cut off by a crash is passed over. */
export function readRecords<T extends StepRecord>(path: string): T[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as T];
      } catch {
        return [];
      }
    });
}

/** Removes records of steps after `lastStep`, which a resumed run is about to repeat. */
export function truncateRecords(path: string, lastStep: number): void {
  if (!existsSync(path)) return;
  const kept = readRecords(path).filter(({ step }) => step <= lastStep);
  writeFileAtomically(path, kept.map((record) => `${JSON.stringify(record)}\n`).join(''));
}
