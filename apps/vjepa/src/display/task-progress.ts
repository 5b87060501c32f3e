import { createLogUpdate } from 'log-update';
import { duration } from '../pretrain/progress-line.js';
import { terminalOf } from './guarded-output.js';
import { progressBar } from './progress-bar.js';

/** Progress through a known number of things. */
export interface TaskProgress {
  /** One more is done. `bad` ones are counted apart. */
  advance(bad?: boolean): void;
  close(): void;
}

export interface TaskProgressOptions {
  total: number;
  /** What is counted, in the plural. */
  unit: string;
  stream?: NodeJS.WriteStream;
  now?: () => number;
}

const redrawMs = 100;
const lineMs = 10_000;

/** A progress bar on a terminal; elsewhere a line every ten seconds. */
export function createTaskProgress(options: TaskProgressOptions): TaskProgress {
  const { total, unit, stream = process.stderr, now = () => performance.now() } = options;
  const live = stream.isTTY === true && process.env.TERM !== 'dumb' && !process.env.CI;
  const draw = live ? createLogUpdate(terminalOf(stream), { showCursor: true }) : undefined;
  const begun = now();
  let shown = begun;
  let done = 0;
  let bad = 0;

  const text = () => {
    const passed = now() - begun;
    const left = done === 0 ? '' : `, ${duration((passed / done) * (total - done))} left`;
    const counted = `${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} ${unit}`;
    return `${counted}, ${bad.toLocaleString('en-US')} bad, ${duration(passed)} gone${left}`;
  };
  const show = () => {
    shown = now();
    if (draw) draw(`${progressBar(done / total, 30)}  ${text()}`);
    else stream.write(`${text()}\n`);
  };
  return {
    advance(isBad = false) {
      done += 1;
      if (isBad) bad += 1;
      if (now() - shown >= (live ? redrawMs : lineMs)) show();
    },
    close() {
      if (!draw) return;
      show();
      draw.done();
    },
  };
}
