import { describe, expect, it } from 'vitest';
import type { StepMetrics } from '../run/metrics-file.js';
import { CollapseWatch } from './collapse-watch.js';

/** Numbers of a small model's healthy run (50 steps of configs/pretrain/smoke.yaml end about here). */
const healthy = (step: number, other: Partial<StepMetrics> = {}): StepMetrics =>
  ({
    step,
    loss: 0.6,
    encoder_grad_norm: 0.02,
    predictor_grad_norm: 0.25,
    clip_norm: 0,
    target_std: 0.75,
    target_std_across_clips: 0.68,
    target_cosine: 0.7,
    target_rank: 2.7,
    loss_of_mean: 0.33,
    prediction_std: 0.4,
    ...other,
  }) as unknown as StepMetrics;

/** The same run with momentum 0 and a learning rate of 0.05, which collapses within ten steps. */
const collapsed = (step: number) =>
  healthy(step, { loss: 0.06, target_std: 0.09, target_cosine: 0.99, target_rank: 1.5, loss_of_mean: 0.05 });

function feed(watch: CollapseWatch, steps: number, record: (step: number) => StepMetrics, from = 1) {
  return Array.from({ length: steps }, (_, i) => watch.add(record(from + i))).flat();
}

describe('CollapseWatch', () => {
  it('is silent while all is well, whatever a single step shows', () => {
    expect(feed(new CollapseWatch(), 500, (step) => (step % 20 === 0 ? collapsed(step) : healthy(step)))).toEqual([]);
  });

  it('warns once the window has collapsed, naming what it found', () => {
    const watch = new CollapseWatch();
    feed(watch, 20, healthy);
    const warnings = feed(watch, 60, collapsed, 21);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ kind: 'collapse' });
    expect(warnings[0]!.step).toBeLessThanOrEqual(30);
    expect(String(warnings[0]!.message)).toMatch(
      /collapses: over the last 10 steps target features deviate by 0\.1\d+ .*lower `optimization\.learningRate`/,
    );
  });

  it('sees patches that are all alike within each clip although clips differ', () => {
    const [warning] = feed(new CollapseWatch(), 10, (step) => healthy(step, { target_cosine: 0.999 }));
    expect(warning).toMatchObject({ kind: 'collapse', step: 10 });
  });

  it('sees features that vary along one direction only', () => {
    const [warning] = feed(new CollapseWatch(), 10, (step) => healthy(step, { target_rank: 1.01 }));
    expect(String(warning?.message)).toMatch(/effective rank is 1\.01/);
  });

  it('sees features that tell where a patch is and not what is there', () => {
    const [warning] = feed(new CollapseWatch(), 10, (step) => healthy(step, { target_std_across_clips: 0.02 }));
    expect(String(warning?.message)).toMatch(/deviate by 0\.020 from clip to clip/);
  });

  it('repeats itself only after a while', () => {
    const warnings = feed(new CollapseWatch({ repeatAfter: 100 }), 250, collapsed);
    expect(warnings.map(({ step }) => step)).toEqual([10, 110, 210]);
  });

  it('warns of a gradient far above its median, and not of small numbers', () => {
    const watch = new CollapseWatch();
    feed(watch, 20, healthy);
    expect(watch.add(healthy(21, { encoder_grad_norm: 1.71 }))).toEqual([]);
    const [warning] = watch.add(healthy(22, { predictor_grad_norm: 47.9 }));
    expect(warning).toMatchObject({ kind: 'exploding-gradient', step: 22 });
    expect(String(warning!.message)).toMatch(
      /predictor's gradient norm is 47\.9, 192 times the usual 0\.250, and it was not clipped/,
    );
  });

  it('warns of a predictor that gives the mean long after the start', () => {
    const constant = (step: number) => healthy(step, { prediction_std: 0.003 });
    const watch = new CollapseWatch();
    expect(feed(watch, 999, constant)).toEqual([]);
    expect(feed(watch, 1, constant, 1000)).toMatchObject([{ kind: 'predictor-collapse' }]);
  });

  describe('of the trivial answer of small data', () => {
    /** A loss that comes down to a share of that of the clips' means, and stays there; a warm-up of 100 steps. */
    const settling =
      (share: number, from = 2) =>
      (step: number) =>
        healthy(step, {
          learning_rate: Math.min(step, 100) * 1e-5,
          loss_jepa: 0.352 * Math.max(share, from - step / 50),
          loss_of_mean: 0.352,
          target_within_clips: 0.12,
          target_rank: 4,
        });

    it('warns of a loss that has come down to that of the clips’ means and no further, with what helps', () => {
      const [warning, ...rest] = feed(new CollapseWatch(), 400, settling(1));
      expect(warning).toMatchObject({ kind: 'trivial-answer', step: 300 });
      expect(rest).toEqual([]);
      expect(String(warning!.message)).toMatch(
        /over the last 100 steps 1\.00 of it \(expected below 0\.97\), 12 % of the targets' variance lies within clips, their effective rank is 4\.0\. .*`optimization\.predictorLearningRateScale` of 10 or more, `predictorInitialDeviation: 'by width'` where it is narrow\), a longer warmup, a lower `optimization\.learningRate`, or `optimization\.momentum` nearer to 1/,
      );
    });

    it('is silent about one that has gone below it, as a run that learns', () => {
      expect(feed(new CollapseWatch(), 1000, settling(0.93))).toEqual([]);
    });

    it('is silent while the warm-up lasts, and while the loss still falls', () => {
      const warming = (step: number) => ({ ...settling(1)(step), learning_rate: step * 1e-6 });
      expect(feed(new CollapseWatch(), 2000, warming)).toEqual([]);
      const falling = (step: number) => ({ ...settling(0)(step), loss_jepa: 0.352 * (2 - step / 1500) });
      expect(feed(new CollapseWatch(), 1400, falling)).toEqual([]);
      expect(feed(new CollapseWatch(), 200, settling(1))).toEqual([]);
    });

    it('is silent about pixels, and where no statistics are recorded', () => {
      const { loss_jepa: _, ...pixels } = settling(1)(500);
      expect(feed(new CollapseWatch(), 600, (step) => ({ ...pixels, step }))).toEqual([]);
      const { loss_of_mean: __, ...bare } = settling(1)(500);
      expect(feed(new CollapseWatch(), 600, (step) => ({ ...bare, step }))).toEqual([]);
    });
  });

  it('does without statistics that are not recorded', () => {
    const bare = (step: number) =>
      ({ step, encoder_grad_norm: 1, predictor_grad_norm: 1, clip_norm: 0 }) as unknown as StepMetrics;
    expect(feed(new CollapseWatch(), 50, bare)).toEqual([]);
  });
});
