import { printable } from '../display/printable.js';
import { appendText } from './append-text.js';

/** `progress`: a line that a live display makes superfluous. */
export type LineKind = 'message' | 'progress';

/** What a run says: on the terminal at once, and in its console log from the moment that has a place. */
export interface RunLog {
  (line: string, kind?: LineKind): void;
  /** Starts the file, first with everything said so far. */
  writeTo(path: string): void;
}

/** A log that prints each line with `print` (stderr by default, so that stdout stays free for data). */
export function createRunLog(
  print: (line: string, kind: LineKind) => void = (line) => process.stderr.write(`${line}\n`),
): RunLog {
  const early: string[] = [];
  let file: string | undefined;
  const log = (line: string, kind: LineKind = 'message') => {
    print(line, kind);
    if (file === undefined) early.push(line);
    else append(file, [line]);
  };
  return Object.assign(log, {
    writeTo(path: string) {
      file = path;
      append(path, early.splice(0));
    },
  });
}

function append(path: string, lines: readonly string[]): void {
  const time = new Date().toISOString();
  appendText(path, lines.map((line) => `${time} ${printable(line)}\n`).join(''));
}
