import { printable } from '../printable.js';
import { type OptionNames, Sentence } from '../sentence.js';
import { appendText } from './append-text.js';

/** `progress`: a line that a live display makes superfluous. */
export type LineKind = 'message' | 'progress';

/** What a run says: on the terminal at once, and in its console log from the moment that has a place. */
export interface RunLog {
  (line: string | Sentence, kind?: LineKind): void;
  /** Starts the file, first with everything said so far. */
  writeTo(path: string): void;
}

/** Where a log's lines go, and what they call options. */
export interface RunLogOptions {
  /** Where each line goes; by default stderr, so that stdout stays free for data. */
  print?: ((line: string, kind: LineKind) => void) | undefined;
  /** What options are called; by default their names in TypeScript. */
  nameOf?: OptionNames | undefined;
}

/** A log that prints each line. */
export function createRunLog({ print = toStderr, nameOf }: RunLogOptions = {}): RunLog {
  const early: string[] = [];
  let file: string | undefined;
  const log = (said: string | Sentence, kind: LineKind = 'message') => {
    const line = said instanceof Sentence && nameOf ? said.inWords(nameOf) : String(said);
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

function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

function append(path: string, lines: readonly string[]): void {
  const time = new Date().toISOString();
  appendText(path, lines.map((line) => `${time} ${printable(line)}\n`).join(''));
}
