import { describe, expect, it } from 'vitest';
import type { MeasuredResult } from './answered-task.js';
import { bestOnValidation, outcomesOf } from './evaluation-outcome.js';

const candidates = [5e-3, 1e-3, 1e-4].map((learningRate) => ({ learningRate, weightDecay: 0.1 }));

/** A result of one number. */
function scored(top1: number): MeasuredResult {
  const means = { top5: 100, meanPerClass: top1, meanPerClassTop5: top1 };
  return { count: 10, top1, ...means, perClass: [], confusion: [], failures: [] };
}

const validation = [80, 90, 70].map(scored);

describe('outcomesOf', () => {
  it('chooses by the samples that were held out, whatever the validation set says', () => {
    const outcome = outcomesOf(candidates, undefined, validation, [50, 40, 60].map(scored));
    expect(outcome.chosen).toBe(2);
    expect(outcome.probes.map(({ heldOutTop1 }) => heldOutTop1)).toEqual([50, 40, 60]);
    expect(bestOnValidation(outcome.probes)).toBe(1);
  });

  it('chooses on the validation set where none were held out, as published', () => {
    const outcome = outcomesOf(candidates, undefined, validation);
    expect(outcome.chosen).toBe(1);
    expect(outcome.probes[1]).not.toHaveProperty('heldOutTop1');
  });

  it('chooses the first of equals, and none that has diverged', () => {
    expect(outcomesOf(candidates, undefined, validation, [50, 50, 40].map(scored)).chosen).toBe(0);
    const held = [undefined, scored(0), scored(0)];
    expect(outcomesOf(candidates, undefined, [undefined, scored(90), scored(70)], held).chosen).toBe(1);
  });

  it('chooses by the recall of actions where that is asked', () => {
    const held = [30, 20, 10].map((recall) => ({ ...scored(0), meanPerClassTop5: recall, tasks: {} }));
    const { probes, chosen } = outcomesOf(candidates, undefined, validation, held);
    expect([chosen, probes[0]!.heldOutRecall]).toEqual([0, 30]);
  });
});
