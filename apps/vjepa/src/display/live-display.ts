import { styleText } from 'node:util';
import { printable, type StepMetrics } from '@vjepa/training';
import { createLogUpdate } from 'log-update';
import { terminalOf } from './guarded-output.js';
import { type BlockStyle, type RunStatus, statusBlock } from './status-block.js';

/** What a terminal shows of a run while it runs. */
export interface LiveDisplay {
  /** Redraws the block, at most every `intervalMs`. */
  update(metrics: StepMetrics): void;
  /** Shows a warning in the block until `update` has been called `steps` times. */
  warn(text: string, steps?: number): void;
  /** Prints a line above the block. */
  print(line: string): void;
  /** Draws the last state and leaves it on the screen. */
  close(): void;
}

export interface LiveDisplayOptions {
  title: string;
  totalSteps: number;
  totalEpochs: number;
  /** A terminal. */
  stream: NodeJS.WriteStream;
  intervalMs?: number;
  now?: () => number;
}

/** Steps that the loss curve and the time left look back on. */
const LOSSES_KEPT = 240;
const SMOOTHING = 0.05;

/** One status block at the foot of a terminal, drawn anew as the run goes on; lines printed meanwhile scroll above it. */
export function createLiveDisplay(options: LiveDisplayOptions): LiveDisplay {
  const { stream, intervalMs = 100, now = () => performance.now() } = options;
  const draw = createLogUpdate(terminalOf(stream), { showCursor: true });
  const style = blockStyle(stream);
  const begun = now();
  const losses: number[] = [];
  let drawn = Number.NEGATIVE_INFINITY;
  let warning: { text: string; until: number } | undefined;
  let averages: { stepMs: number; dataShare: number } | undefined;
  let steps = 0;
  let probe: RunStatus['probe'];
  let status: RunStatus | undefined;

  const redraw = () => {
    if (status) draw(statusBlock(status, stream.columns ?? 80, style).join('\n'));
    drawn = now();
  };
  return {
    update(metrics) {
      losses.push(metrics.loss);
      if (losses.length > LOSSES_KEPT) losses.shift();
      steps += 1;
      averages = smoothed(steps > 2 ? averages : undefined, metrics);
      if (warning && metrics.step >= warning.until) warning = undefined;
      const { step, probe_accuracy: accuracy, probe_chance: chance } = metrics;
      if (typeof accuracy === 'number' && typeof chance === 'number') probe = { step, accuracy, chance };
      const { totalSteps, totalEpochs } = options;
      const title = printable(options.title);
      const elapsedMs = now() - begun;
      const latest = { probe, warning: warning?.text };
      status = {
        title,
        metrics,
        totalSteps,
        totalEpochs,
        losses,
        ...averages,
        isFirst: steps === 1,
        elapsedMs,
        ...latest,
      };
      if (now() - drawn >= intervalMs || metrics.step === totalSteps) redraw();
    },
    warn(text, steps = 100) {
      warning = { text: printable(text), until: (status?.metrics.step ?? 0) + steps };
    },
    print(line) {
      draw.clear();
      stream.write(`${line}\n`);
      redraw();
    },
    close() {
      redraw();
      draw.done();
    },
  };
}

/** Running means; `before` is undefined for a session's first two steps, because the first holds compilation. */
function smoothed(before: { stepMs: number; dataShare: number } | undefined, { step_ms, data_ms }: StepMetrics) {
  const now = { stepMs: step_ms, dataShare: data_ms / step_ms };
  if (!before) return now;
  const mix = (old: number, fresh: number) => old + SMOOTHING * (fresh - old);
  return { stepMs: mix(before.stepMs, now.stepMs), dataShare: mix(before.dataShare, now.dataShare) };
}

function blockStyle(stream: NodeJS.WriteStream): BlockStyle {
  const colors = stream.hasColors?.() === true;
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    colors ? styleText(format, text) : text;
  return { label: style('dim'), bar: style('cyan'), warning: style(['bold', 'yellow']) };
}
