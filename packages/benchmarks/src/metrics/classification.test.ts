import { choose, uniform, xoroshiroStream } from '@vjepa/random';
import { describe, expect, it } from 'vitest';
import { classificationMetric, confusionMatrix } from './classification.js';

describe('classificationMetric', () => {
  it('counts by hand', () => {
    const metric = classificationMetric({ classes: ['a', 'b', 'c', 'd', 'e', 'f', 'unseen'], expected: 5 });
    const scores = [
      [9, 1, 1, 1, 1, 1, 0], // a, right
      [6, 1, 5, 4, 3, 2, 0], // b is sixth
      [6, 5, 4, 3, 2, 1, 0], // e is fifth
      [1, 1, 1, 1, 1, 1, 1], // all equal: the first class is the answer
    ];
    metric.add({ scores: scores.flat(), labels: [0, 1, 4, 0], indices: [10, 11, 12, 13] });
    metric.addFailure({ path: 'broken.mp4', label: 5, reason: 'moov atom not found', index: 14 });
    const result = metric.result();
    expect(result).toMatchObject({ count: 5, top1: 40, top5: 60, meanPerClass: 25, meanPerClassTop5: 50 });
    expect(result.perClass.map(({ count, correct }) => [count, correct])).toEqual([
      [2, 2],
      [1, 0],
      [0, 0],
      [0, 0],
      [1, 0],
      [1, 0],
      [0, 0],
    ]);
    expect(result.perClass[6]!.accuracy).toBeNaN();
    expect(result.confusion).toEqual([
      { label: 0, prediction: 0, count: 2 },
      { label: 1, prediction: 0, count: 1 },
      { label: 4, prediction: 0, count: 1 },
    ]);
    expect(confusionMatrix(result)[4 * 7]).toBe(1);
    expect(result.failures.map(({ path }) => path)).toEqual(['broken.mp4']);
  });

  it('has the recall at 5 of rare classes count as much as that of common ones', () => {
    const metric = classificationMetric({ classes: 8 });
    const ranking = [8, 7, 6, 5, 4, 3, 2, 1];
    // Class 0: three of three; class 4, the fifth: two of two; class 5, the sixth: none of five; the rest do not occur.
    const labels = [0, 0, 0, 4, 4, 5, 5, 5, 5, 5];
    metric.add({ scores: labels.flatMap(() => ranking), labels });
    expect(metric.result()).toMatchObject({ top5: 50, meanPerClassTop5: 200 / 3 });
  });

  it('lets the lower class of equal scores be among the five', () => {
    const metric = classificationMetric({ classes: 8 });
    // Four are above; the fifth place is shared by classes 4 to 7.
    const scores = [9, 8, 7, 6, 1, 1, 1, 1];
    metric.add({ scores: [...scores, ...scores], labels: [4, 5] });
    expect(metric.result().perClass.map(({ count }) => count)).toEqual([0, 0, 0, 0, 1, 1, 0, 0]);
    expect(metric.result().meanPerClassTop5).toBe(50);
  });

  it('gives the same result for every batch size and order', () => {
    const random = xoroshiroStream(1, 0, 0);
    const samples = Array.from({ length: 103 }, (_, index) => ({
      scores: Array.from({ length: 9 }, () => Math.round(uniform(random, 0, 5))),
      label: choose(random, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
      index,
    }));
    const evaluate = (order: typeof samples, batch: number) => {
      const metric = classificationMetric({ classes: 9, expected: 104 });
      for (let at = 0; at < order.length; at += batch) {
        const part = order.slice(at, at + batch);
        metric.add({
          scores: Float32Array.from(part.flatMap(({ scores }) => scores)),
          labels: part.map(({ label }) => label),
          indices: part.map(({ index }) => index),
        });
      }
      metric.addFailure({ path: 'x', label: 3, reason: 'y' });
      return metric.result();
    };
    const whole = evaluate(samples, 103);
    for (const batch of [1, 4, 50]) expect(evaluate([...samples].reverse(), batch)).toEqual(whole);
  });

  it('refuses what would make the number wrong', () => {
    const metric = classificationMetric({ classes: 2, expected: 3 });
    expect(() => metric.result()).toThrow('no samples were added');
    metric.add({ scores: [1, 0], labels: [0], indices: [0] });
    expect(() => metric.add({ scores: [1, 0], labels: [0], indices: [0] })).toThrow('sample 0 was counted before');
    expect(() => metric.add({ scores: [1, 0], labels: [2] })).toThrow('label 2 is outside the 2 classes (0..1)');
    expect(() => metric.add({ scores: [1, 0, 1], labels: [1] })).toThrow('expected 1 samples x 2 classes');
    expect(() => metric.add({ scores: [1, Number.NaN], labels: [1] })).toThrow('the score of class 1 is not a number');
    expect(() => metric.result()).toThrow('2 samples were counted, expected 3');
  });
});
