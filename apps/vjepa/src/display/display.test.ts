import { Writable } from 'node:stream';
import { progressLine, type StepMetrics } from '@vjepa/training';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLiveDisplay } from './live-display.js';
import { progressBar } from './progress-bar.js';
import { sparkline } from './sparkline.js';
import { type RunStatus, statusBlock } from './status-block.js';
import { taskDisplay } from './task-display.js';
import { createTaskProgress } from './task-progress.js';

const metrics = (step: number): StepMetrics => ({
  step,
  epoch: 2,
  iteration: 0,
  loss: 0.4532,
  loss_jepa: 0.4532,
  loss_reg: 0.9,
  learning_rate: 6.25e-4,
  weight_decay: 0.0612,
  momentum: 0.99921,
  encoder_grad_norm: 0.123,
  predictor_grad_norm: 0.342,
  clip_norm: 0,
  context_tokens: [48],
  target_tokens: [16],
  clips_per_second: 16,
  model_flops_per_second: 250e9,
  utilization: 0.25,
  step_ms: 250,
  data_ms: 50,
  compute_ms: 200,
  rss_mb: 2048,
  replaced_videos: 3,
  time: '2026-01-01T00:00:00.000Z',
  target_std: 0.84,
  target_cosine: 0.51,
  target_rank: 5.27,
});

const status: RunStatus = {
  title: 'runs/demo',
  metrics: metrics(1250),
  totalSteps: 5000,
  totalEpochs: 8,
  losses: [0.8, 0.6, 0.4],
  stepMs: 250,
  dataShare: 0.2,
  elapsedMs: 312_500,
  probe: { step: 1000, accuracy: 0.4219, chance: 0.25 },
};
const plain = { label: (text: string) => text, bar: (text: string) => text, warning: (text: string) => text };

describe('progressBar', () => {
  it('fills in eighths of a character', () => {
    expect(progressBar(0, 4)).toBe('░░░░');
    expect(progressBar(0.5, 4)).toBe('██░░');
    expect(progressBar(1 / 32, 4)).toBe('▏░░░');
    expect(progressBar(2, 4)).toBe('████');
  });
});

describe('sparkline', () => {
  it('spans the range of its values and averages when there are more than fit', () => {
    expect(sparkline([1, 2, 3], 10)).toBe('▁▅█');
    expect(sparkline([0, 0, 7, 7], 2)).toBe('▁█');
    expect(sparkline([Number.NaN, 5], 10)).toBe('▁');
    expect(sparkline([], 10)).toBe('');
  });
});

describe('statusBlock', () => {
  it('shows everything a run is watched by', () => {
    const text = statusBlock(status, 120, plain).join('\n');
    for (const part of [
      ...['epoch 2 of 8', 'runs/demo', '25.0 %', 'step 1,250 of 5,000', '15:38 left', '0.4532', '6.25e-4', '0.0612'],
      ...[
        '0.999210',
        'encoder 0.123',
        'predictor 0.342',
        '16.0 clips/s',
        '250 GFLOP/s, 25 % of the peak',
        'data 20 %',
        '2.0 GB',
        '3 bad',
        'rank 5.3',
      ],
      '42.2 % right at step 1,000   commonest class 25.0 %',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('tells no time left after the first step, which holds compilation', () => {
    const text = statusBlock({ ...status, isFirst: true }, 120, plain).join('\n');
    expect(text).not.toContain('left');
    expect(progressLine([metrics(1)], 9, true)).not.toContain('left');
    expect(progressLine([metrics(2)], 9)).toMatch(/ left$/);
  });

  it('says how much of the model is computed only where that was recorded', () => {
    const { model_flops_per_second, utilization, ...earlier } = metrics(1250);
    expect(statusBlock({ ...status, metrics: earlier as StepMetrics }, 120, plain).join('\n')).not.toContain('FLOP/s');
    expect(progressLine([earlier as StepMetrics], 9)).not.toContain('FLOP/s');
    expect(progressLine([metrics(1), metrics(2)], 9)).toContain('  250 GFLOP/s, 25 % of the peak  ');
  });

  it.each([40, 60, 80, 200])('keeps to %i columns', (columns) => {
    const lines = statusBlock({ ...status, warning: 'x'.repeat(300) }, columns, plain);
    for (const line of lines) expect([...line].length).toBeLessThan(columns);
  });
});

describe('createLiveDisplay', () => {
  it('redraws in place, prints lines above the block and leaves the last state', () => {
    let written = '';
    const stream = Object.assign(
      new Writable({
        write(chunk, _, done) {
          written += chunk;
          done();
        },
      }),
      { columns: 100, rows: 30, isTTY: true },
    ) as unknown as NodeJS.WriteStream;
    let time = 0;
    const display = createLiveDisplay({ title: 'runs/demo', totalSteps: 3, totalEpochs: 1, stream, now: () => time });
    display.update({ ...metrics(1), probe_accuracy: 0.5, probe_chance: 0.1 });
    time = 50;
    display.update(metrics(2)); // too soon: not drawn
    expect(written).not.toContain('step 2 of 3');
    display.warn('the features collapse');
    display.print('saved a checkpoint');
    time = 200;
    display.update(metrics(3));
    display.close();
    expect(written).toContain('saved a checkpoint\n');
    expect(written).toContain('step 3 of 3');
    expect(written.slice(written.lastIndexOf('step 3 of 3'))).toContain('50.0 % right at step 1 ');
    expect(written).toContain('warning    the features collapse');
    expect(written).toContain('\u001b[1A'); // the cursor went up to draw over the block
  });
});

describe('createTaskProgress', () => {
  afterEach(() => vi.unstubAllEnvs());

  const screen = (isTTY: boolean) => {
    const written: string[] = [];
    const stream = new Writable({
      write(chunk, _, done) {
        written.push(String(chunk));
        done();
      },
    });
    return {
      written,
      stream: Object.assign(stream, { columns: 100, rows: 30, isTTY }) as unknown as NodeJS.WriteStream,
    };
  };

  it('does not count what is done once, such as compiling, in the time left', () => {
    const { stream, written } = screen(false);
    let time = 0;
    const task = { title: 'epoch 1 of 2', total: 100, unit: 'samples' };
    const progress = createTaskProgress({ ...task, stream, now: () => time });
    time = 60_000; // compilation
    progress.advance(false, 10);
    time = 71_000;
    progress.advance(false, 10);
    expect(written).toEqual([
      'epoch 1 of 2: 10 of 100 samples, 1:00 gone\n',
      'epoch 1 of 2: 20 of 100 samples, 1:11 gone, 1:28 left\n',
    ]);
  });

  it('prints lines above the bar on a terminal', () => {
    vi.stubEnv('TERM', 'xterm');
    vi.stubEnv('CI', '');
    const { stream, written } = screen(true);
    const display = taskDisplay(stream);
    const progress = display.begin({ total: 2, unit: 'samples' });
    display.print('a line');
    progress.advance(true);
    progress.close();
    display.print('another');
    expect(written.join('')).toContain('a line\n');
    expect(written.join('')).toContain('1 of 2 samples, 1 bad');
    expect(written.at(-1)).toBe('another\n');
  });
});
