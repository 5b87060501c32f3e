import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { type Work, WorkEstimate } from './work-estimate.js';

const left = new Map<string, Work>([
  ['videos', { kind: 'videos', amount: 100 }],
  ['first', { kind: 'pretraining', amount: 1000 }],
  ['second', { kind: 'pretraining', amount: 500 }],
  ['probe', { kind: 'attentive probe', amount: 200 }],
]);

/** A clock that is set. */
function estimateAt(path: string, work = left) {
  const clock = { seconds: 0 };
  return { clock, estimate: new WorkEstimate(path, work, () => clock.seconds) };
}

describe('the time that an experiment still takes', () => {
  it('follows from how long each kind of work took', () => {
    const { clock, estimate } = estimateAt(join(temporaryFolder('estimate'), 'time.json'));
    expect(estimate.begin('videos').secondsLeft).toBeUndefined();
    clock.seconds = 10;
    estimate.end();
    // Videos are no measure of models.
    expect(estimate.begin('first').secondsLeft).toBeUndefined();
    clock.seconds = 60;
    // 500 of 1000 in 50 seconds; probes, which were not measured, as fast: 500 + 500 + 200 are left.
    expect(estimate.reach(0.5)).toMatchObject({ doing: 'first', share: 0.5, secondsGone: 60, secondsLeft: 120 });
    clock.seconds = 110;
    expect(estimate.end().secondsLeft).toBeCloseTo(70, 10);
    estimate.begin('probe');
    clock.seconds = 150;
    // Twice as slow as pretraining: 100 of 200 in 40 seconds.
    expect(estimate.reach(0.5).secondsLeft).toBeCloseTo(50 + 40, 10);
  });

  it('counts what was done before for nothing, and goes on with what was measured', () => {
    const path = join(temporaryFolder('estimate'), 'time.json');
    const first = estimateAt(path);
    first.estimate.begin('first');
    first.clock.seconds = 25;
    first.estimate.reach(0.25);
    first.estimate.save();
    const second = estimateAt(path);
    expect(second.estimate.begin('first').secondsLeft).toBeUndefined(); // the videos
    const without = estimateAt(path, new Map([...left].slice(1)));
    without.estimate.begin('first');
    // 750 + 500 + 200 at 10 a second.
    expect(without.estimate.skip(0.25)).toMatchObject({ secondsLeft: 145, secondsGone: 25 });
    without.clock.seconds = 25;
    expect(without.estimate.reach(0.5).secondsLeft).toBeCloseTo(120, 10);
  });
});
