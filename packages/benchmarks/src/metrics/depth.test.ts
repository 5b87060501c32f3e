import { describe, expect, it } from 'vitest';
import { depthMetric } from './depth.js';

describe('depthMetric', () => {
  it('has the errors of a picture as by hand', () => {
    const metric = depthMetric();
    metric.add({ target: [2, 4, 5], predicted: [2, 2, 6] });
    const result = metric.result();
    expect(result.pictures).toBe(1);
    // Differences 0, 2, 1; ratios 1, 2, 1.2, and 1.25³ is 1.953.
    expect(result.rmse).toBeCloseTo(Math.sqrt(5 / 3), 10);
    expect(result.absRel).toBeCloseTo((0 + 0.5 + 0.2) / 3, 10);
    expect([result.delta1, result.delta2, result.delta3]).toEqual([2 / 3, 2 / 3, 2 / 3]);
    expect(result.log10).toBeCloseTo((Math.log10(2) + Math.log10(1.2)) / 3, 10);
    const logs = [0, Math.log(0.5), Math.log(1.2)];
    const mean = logs.reduce((sum, log) => sum + log / 3, 0);
    expect(result.silog).toBeCloseTo(100 * Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2 / 3, 0)), 8);
  });

  it('does not count pixels without a measurement, out of range or outside the mask', () => {
    const metric = depthMetric({ minDepth: 0.5, maxDepth: 10 });
    metric.add({ target: [0, 0.5, 10, 80, 4, 2], predicted: [9, 9, 9, 9, 9, 3], mask: [1, 1, 1, 1, 0, 1] });
    expect(metric.result()).toMatchObject({ pictures: 1, rmse: 1, absRel: 0.5, delta1: 0, delta2: 1 });
  });

  it('clips predictions to the range', () => {
    const metric = depthMetric({ minDepth: 1, maxDepth: 10 });
    metric.add({ target: [2, 8], predicted: [-5, 100] });
    expect(metric.result().rmse).toBeCloseTo(Math.sqrt((1 + 4) / 2), 10);
  });

  it('gives each picture the same weight, and those without a measurement none', () => {
    const metric = depthMetric();
    metric.add({ target: [1, 1, 1, 1], predicted: [1, 1, 1, 1] });
    metric.add({ target: [1], predicted: [4] });
    metric.add({ target: [0], predicted: [4] });
    expect(metric.result()).toMatchObject({ pictures: 2, rmse: 1.5 });
  });

  it('refuses what cannot be compared', () => {
    expect(() => depthMetric().add({ target: [1], predicted: [1, 2] })).toThrow('2 pixels are predicted, expected 1');
    expect(() => depthMetric().add({ target: [1], predicted: [Number.NaN] })).toThrow('pixel 0 is not a number');
    expect(() => depthMetric({ minDepth: 2, maxDepth: 1 })).toThrow('the smaller first');
  });
});
