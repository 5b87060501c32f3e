import type { WorkProgress } from '@vjepa/results';
import { duration } from '@vjepa/training';
import { printable } from '@vjepa/training/printable';
import { createLogUpdate } from 'log-update';
import { terminalOf } from '../display/guarded-output.js';
import { isLive } from '../display/is-live.js';
import { progressBar } from '../display/progress-bar.js';

const REDRAW_MS = 200;
const LINE_MS = 60_000;

/** One bar for a whole experiment; where nothing can be drawn over, a line a minute. */
export function experimentDisplay(stream: NodeJS.WriteStream = process.stderr) {
  const draw = isLive(stream) ? createLogUpdate(terminalOf(stream), { showCursor: true }) : undefined;
  let last: WorkProgress | undefined;
  let shown = Number.NEGATIVE_INFINITY;
  const show = () => {
    if (last === undefined) return;
    shown = performance.now();
    const { secondsGone, secondsLeft, doing, share } = last;
    const whole = secondsLeft === undefined ? 0 : secondsGone / Math.max(1, secondsGone + secondsLeft);
    const left = secondsLeft === undefined ? 'time left not known yet' : `about ${duration(1000 * secondsLeft)} left`;
    const text = `${duration(1000 * secondsGone)} gone, ${left}; ${doing}: ${(100 * share).toFixed(0)} %`;
    if (draw) draw(printable(`${progressBar(whole, 30)}  ${text}`));
    else stream.write(`${text}\n`);
  };
  return {
    progress(progress: WorkProgress) {
      last = progress;
      if (performance.now() - shown >= (draw ? REDRAW_MS : LINE_MS)) show();
    },
    print(text: string) {
      draw?.clear();
      stream.write(`${text}\n`);
      if (draw) show();
    },
    close() {
      draw?.clear();
      draw?.done();
    },
  };
}
