import { duration, type Task, type TaskProgress } from '@vjepa/training';
import { printable } from '@vjepa/training/printable';
import { createLogUpdate } from 'log-update';
import { terminalOf } from './guarded-output.js';
import { isLive } from './is-live.js';
import { progressBar } from './progress-bar.js';

export interface TaskProgressOptions extends Task {
  stream?: NodeJS.WriteStream;
  now?: () => number;
}

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
