import { createLogUpdate } from 'log-update';
import { duration } from '../pretrain/progress-line.js';
import { terminalOf } from './guarded-output.js';
import { isLive } from './is-live.js';
import { printable } from './printable.js';
import { progressBar } from './progress-bar.js';

/** Progress through a known number of things. */
export interface TaskProgress {
  /** `count` more are done. `bad` ones are counted apart. */
  advance(bad?: boolean, count?: number): void;
  /** Prints a line above the bar. */
  print(line: string): void;
  close(): void;
}

export interface TaskProgressOptions {
  total: number;
  /** What is counted, in the plural. */
  unit: string;
  /** What is done with them, in front of the counts. */
  title?: string;
  stream?: NodeJS.WriteStream;
  now?: () => number;
}

/** Opens a bar for a task; closed before the next one opens. */
export type BeginTask = (task: Pick<TaskProgressOptions, 'total' | 'unit' | 'title'>) => TaskProgress;

/** For those who want no bars. */
export const noProgress: BeginTask = () => ({ advance() {}, print() {}, close() {} });

const REDRAW_MS = 100;
const LINE_MS = 10_000;

/** A progress bar on a terminal; elsewhere a line every ten seconds. */
export function createTaskProgress(options: TaskProgressOptions): TaskProgress {
  const { total, unit, title, stream = process.stderr, now = () => performance.now() } = options;
  const live = isLive(stream);
  const draw = live ? createLogUpdate(terminalOf(stream), { showCursor: true }) : undefined;
  const begun = now();
  let shown = begun;
  let done = 0;
  let bad = 0;
  // The first advance holds what is done once, such as compiling, and says nothing about the time left.
  let first: { at: number; done: number } | undefined;

  const text = () => {
    const passed = now() - begun;
    const since = first && done > first.done ? (now() - first.at) / (done - first.done) : undefined;
    const left = since === undefined ? '' : `, ${duration(since * (total - done))} left`;
    const counted = `${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} ${unit}`;
    const failed = bad > 0 ? `, ${bad.toLocaleString('en-US')} bad` : '';
    return `${title === undefined ? '' : `${title}: `}${counted}${failed}, ${duration(passed)} gone${left}`;
  };
  const show = () => {
    shown = now();
    if (draw) draw(printable(`${progressBar(done / total, 30)}  ${text()}`));
    else stream.write(`${text()}\n`);
  };
  if (live) show();
  return {
    advance(isBad = false, count = 1) {
      done += count;
      if (isBad) bad += count;
      first ??= { at: now(), done };
      if (now() - shown >= (live ? REDRAW_MS : LINE_MS)) show();
    },
    print(line) {
      draw?.clear();
      stream.write(`${line}\n`);
      if (draw) show();
    },
    close() {
      if (!draw) return;
      show();
      draw.done();
    },
  };
}
