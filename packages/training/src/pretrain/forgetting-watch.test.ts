import { describe, expect, it } from 'vitest';
import type { StepMetrics } from '../run/metrics-file.js';
import { ForgettingWatch } from './forgetting-watch.js';

const at = (step: number, rank: number, relative = 0.5): StepMetrics =>
  ({ step, loss: relative * 0.4, loss_of_mean: 0.4, target_rank: rank }) as unknown as StepMetrics;

function feed(watch: ForgettingWatch, from: number, to: number, record: (step: number) => StepMetrics) {
  const warnings = [];
  for (let step = from; step <= to; step++) warnings.push(...watch.add(record(step)));
  return warnings;
}

describe('ForgettingWatch', () => {
  it('is silent where rank and loss stay about what they were, whatever that is, or get better', () => {
    expect(feed(new ForgettingWatch(), 1, 1000, (step) => at(step, 4 + Math.sin(step), 0.9))).toEqual([]);
    expect(feed(new ForgettingWatch(), 1, 1000, (step) => at(step, 40 + step / 10, 0.9 - step / 2000))).toEqual([]);
  });

  it('warns where the rank falls below what it was, once in a while', () => {
    const watch = new ForgettingWatch();
    expect(feed(watch, 1, 100, (step) => at(step, 100))).toEqual([]);
    const warnings = feed(watch, 101, 400, (step) => at(step, 50));
    expect(warnings.map(({ kind }) => kind)).toEqual(['forgetting', 'forgetting']);
    // 41 of the last 50 at 50 rather than 100: below 60.
    expect(warnings[0]!.step).toBe(141);
    expect(String(warnings[0]!.message)).toMatch(
      /effective rank fell from 100\.0 to 59\.0\. Start again with a lower `optimization\.learningRate`/,
    );
  });

  it('warns where the loss rises against that of the mean', () => {
    const watch = new ForgettingWatch();
    feed(watch, 1, 50, (step) => at(step, 10, 0.5));
    const [warning] = feed(watch, 51, 150, (step) => at(step, 10, 0.7));
    expect(String(warning?.message)).toMatch(/the loss rose from 0\.50 to 0\.70 of that of predicting/);
  });

  it('looks at nothing where statistics are not recorded', () => {
    expect(feed(new ForgettingWatch(), 1, 300, (step) => ({ step, loss: step }) as unknown as StepMetrics)).toEqual([]);
  });
});
