import { describe, expect, it } from 'vitest';
import { averagePrecision } from './average-precision.js';
import { multiLabelMetric } from './multi-label.js';

// Scores with many ties and targets from NumPy's RandomState(0); the value is scikit-learn's average_precision_score.
const SCORES = [
  0.5, 0.7, 0.6, 0.5, 0.4, 0.6, 0.4, 0.9, 1.0, 0.4, 0.8, 0.5, 0.6, 0.9, 0.1, 0.1, 0.0, 0.8, 0.8, 0.9, 1.0, 0.8, 0.5,
  0.8, 0.1, 0.6, 0.1, 0.9, 0.5, 0.4, 0.3, 0.8, 0.5, 0.6, 0.0, 0.6, 0.6, 0.6, 0.9, 0.7,
];
const TARGETS = [
  0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1,
  1,
];
const EXPECTED = 0.6409164101896683;

const answers = SCORES.map((score, place) => ({ score, correct: TARGETS[place] === 1 }));
const positives = TARGETS.filter((target) => target === 1).length;

describe('averagePrecision', () => {
  it('equals scikit-learn where scores are tied', () => {
    expect(averagePrecision(answers, positives)).toBeCloseTo(EXPECTED, 12);
    expect(averagePrecision([...answers].reverse(), positives)).toBe(averagePrecision(answers, positives));
  });

  it('integrates under the envelope by hand', () => {
    // Right, wrong, wrong, right of 4: precision 1 at recall 1/4, then 1/2 at recall 1/2.
    const four = [true, false, false, true].map((correct, place) => ({ score: -place, correct }));
    expect(averagePrecision(four, 4, { interpolation: 'envelope' })).toBeCloseTo(0.25 + 0.125, 12);
    // Wrong, right, right of 2: precisions 0, 1/2, 2/3; the envelope lifts the second to 2/3.
    const three = [false, true, true].map((correct, place) => ({ score: -place, correct }));
    expect(averagePrecision(three, 2)).toBeCloseTo(0.5 * (1 / 2) + 0.5 * (2 / 3), 12);
    expect(averagePrecision(three, 2, { interpolation: 'envelope' })).toBeCloseTo(2 / 3, 12);
    expect(averagePrecision([], 3)).toBe(0);
    expect(averagePrecision(three, 0)).toBeNaN();
  });
});

describe('multiLabelMetric', () => {
  it('averages the classes that occur, whatever the batches', () => {
    const evaluate = (batch: number) => {
      const metric = multiLabelMetric(['tied', 'inverted', 'never']);
      const scores = SCORES.flatMap((score) => [score, -score, score]);
      const targets = TARGETS.flatMap((target) => [target, target, 0]);
      for (let at = 0; at < scores.length; at += 3 * batch) {
        metric.add({ scores: scores.slice(at, at + 3 * batch), targets: targets.slice(at, at + 3 * batch) });
      }
      return metric.result();
    };
    const result = evaluate(40);
    const inverted = averagePrecision(
      answers.map(({ score, correct }) => ({ score: -score, correct })),
      positives,
    );
    expect(result.meanAveragePrecision).toBeCloseTo(50 * (EXPECTED + inverted), 10);
    expect(result.perClass[2]!.averagePrecision).toBeNaN();
    expect(evaluate(7)).toEqual(result);
  });

  it('counts what could not be read as not found', () => {
    const metric = multiLabelMetric(['a']);
    metric.add({ scores: [1, 0], targets: [1, 0] });
    metric.addFailure({ path: 'x', reason: 'broken', labels: [0] });
    expect(metric.result()).toMatchObject({ count: 3, meanAveragePrecision: 50, failures: [{ path: 'x' }] });
    expect(() => metric.add({ scores: [1], targets: [1, 0] })).toThrow('expected [B, 1]');
  });
});
