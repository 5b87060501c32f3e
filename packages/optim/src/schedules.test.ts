import '@vjepa/test-kit/all-close';
import { readFixtureJson } from '@vjepa/test-kit/fixtures';
import { describe, expect, it } from 'vitest';
import {
  contextWeightSchedule,
  coolDownSchedule,
  learningRateSchedule,
  momentumSchedule,
  type Schedule,
  scheduleLengths,
  weightDecaySchedule,
} from './index.js';

describe('schedules', () => {
  it('give the values recorded from the reference to 1e-9', () => {
    const { cases } = readFixtureJson('schedules/manifest.json');
    for (const { config, at_step: steps, lr, weight_decay, ema } of cases) {
      const lengths = scheduleLengths({
        epochs: config.epochs,
        iterationsPerEpoch: config.ipe,
        warmupEpochs: config.warmup,
        scale: config.ipe_scale,
      });
      const learningRate = learningRateSchedule(
        { start: config.start_lr, reference: config.lr, final: config.final_lr },
        lengths,
      );
      const decay = weightDecaySchedule({ reference: config.weight_decay, final: config.final_weight_decay }, lengths);
      const momentum = momentumSchedule({ start: config.ema[0], end: config.ema[1] }, lengths);
      const at = (schedule: Schedule) => steps.map((step: number) => schedule(step + 1));
      expect(at(learningRate)).toBeAllClose(lr, { atol: 1e-9 });
      expect(at(decay)).toBeAllClose(weight_decay, { atol: 1e-9 });
      expect(at(momentum)).toBeAllClose(ema, { atol: 1e-9 });
    }
  });

  it('reach the peak at the end of the warm-up and stop short of the final values after 90,000 of 112,500 steps', () => {
    const lengths = scheduleLengths({ epochs: 300, iterationsPerEpoch: 300, warmupEpochs: 40, scale: 1.25 });
    expect(lengths).toEqual({ warmupSteps: 12000, horizon: 112500 });
    const learningRate = learningRateSchedule({ start: 2e-4, reference: 6.25e-4, final: 1e-6 }, lengths);
    expect(learningRate(11999)).toBeCloseTo(6.2496458333e-4, 12);
    expect(learningRate(12000)).toBe(6.25e-4);
    expect(learningRate(90000)).toBeCloseTo(7.504222443e-5, 12);
    expect(learningRate(112500)).toBeCloseTo(1e-6, 12);
    expect(weightDecaySchedule({ reference: 0.04, final: 0.4 }, lengths)(90000)).toBeCloseTo(0.365623059, 8);
  });

  it('keep the weight decay above a lower final value', () => {
    const decay = weightDecaySchedule({ reference: 0.01, final: 1e-6 }, { horizon: 10 });
    expect(decay(10)).toBe(1e-6);
    expect(decay(5)).toBeCloseTo(0.0050005, 9);
  });

  it('of a cool-down are a straight line, which 12,000 of 15,000 steps leave at a fifth of the rate', () => {
    const rate = coolDownSchedule({ reference: 5.25e-4, final: 1e-6 }, { horizon: 15_000.9 });
    expect(rate(6000)).toBeCloseTo(3.154e-4, 9);
    expect(rate(12_000)).toBeCloseTo(1.058e-4, 9);
    expect(rate(20_000)).toBeCloseTo(1e-6, 12);
  });

  it("of V-JEPA 2.1's context are 0 up to `start`, and whole from `end` on", () => {
    const weight = contextWeightSchedule({ weight: 0.5, start: 15_000, end: 30_000 });
    expect([1, 15_000, 15_001, 22_501, 30_001, 90_000].map((step) => weight(step))).toEqual([0, 0, 0, 0.25, 0.5, 0.5]);
    expect(contextWeightSchedule({ weight: 0.7 })(1)).toBe(0.7);
  });
});
