import { describe, expect, it } from 'vitest';
import {
  type Box,
  type DetectedBox,
  detectionMetric,
  type GroundTruthBox,
  intersectionOverUnion,
} from './detection.js';

const CLASSES = new Map([
  [1, 'bend'],
  [12, 'stand'],
  [14, 'walk'],
]);
const SQUARE: Box = [0, 0, 1, 1];
const HALF: Box = [0, 0, 1, 0.5];
const THIRD: Box = [0, 0, 1, 0.34];

const truths: GroundTruthBox[] = [
  { frame: 'v,0902', box: SQUARE, label: 1 },
  { frame: 'v,0902', box: [2, 2, 3, 3], label: 1 },
  { frame: 'w,0902', box: SQUARE, label: 12 },
  { frame: 'gone,0902', box: SQUARE, label: 12 },
  { frame: 'v,0902', box: SQUARE, label: 63 },
];

const detections: DetectedBox[] = [
  { frame: 'v,0902', box: SQUARE, label: 1, score: 0.9 }, // finds the first
  { frame: 'v,0902', box: HALF, label: 1, score: 0.8 }, // overlaps it too, but it is found already
  { frame: 'v,0902', box: [2, 2, 3, 2.5], label: 1, score: 0.7 }, // overlap of exactly one half: finds the second
  { frame: 'v,0902', box: SQUARE, label: 12, score: 0.9 }, // nothing stands in this frame
  { frame: 'w,0902', box: THIRD, label: 12, score: 0.5 }, // too small
  { frame: 'gone,0902', box: SQUARE, label: 12, score: 0.99 }, // excluded
  { frame: 'v,0902', box: SQUARE, label: 63, score: 0.99 }, // not an evaluated class
];

function evaluate(found: DetectedBox[]) {
  const metric = detectionMetric({ classes: CLASSES, excludedFrames: new Set(['gone,0902']) });
  metric.addDetections(found);
  metric.addGroundTruth(truths);
  return metric.result();
}

describe('detectionMetric', () => {
  it('matches boxes by hand', () => {
    const result = evaluate(detections);
    expect(result.perClass).toMatchObject([
      { label: 1, name: 'bend', positives: 2, detections: 3 },
      { label: 12, positives: 1, detections: 2, averagePrecision: 0 },
      { label: 14, positives: 0, detections: 0 },
    ]);
    // Right, wrong, right of 2: half at precision 1, half at 2/3.
    expect(result.perClass[0]!.averagePrecision).toBeCloseTo(100 * (0.5 + 0.5 * (2 / 3)), 10);
    expect(result.perClass[2]!.averagePrecision).toBeNaN();
    expect(result.meanAveragePrecision).toBeCloseTo(result.perClass[0]!.averagePrecision / 2, 10);
  });

  it('does not depend on the order of the boxes', () => {
    const tied = detections.map((detection) => ({ ...detection, score: 0.5 }));
    expect(evaluate([...detections].reverse())).toEqual(evaluate(detections));
    expect(evaluate([...tied].reverse())).toEqual(evaluate(tied));
  });

  it('refuses boxes that are none', () => {
    expect(() => evaluate([{ frame: 'v', box: [1, 0, 0, 1], label: 1, score: 1 }])).toThrow('is not [left, top, right');
    expect(() => evaluate([{ frame: 'v', box: SQUARE, label: 1, score: Number.NaN }])).toThrow('is not a number');
  });

  it('measures overlap', () => {
    expect(intersectionOverUnion(SQUARE, HALF)).toBe(0.5);
    expect(intersectionOverUnion(SQUARE, [0.5, 0.5, 1.5, 1.5])).toBeCloseTo(0.25 / 1.75, 12);
    expect(intersectionOverUnion(SQUARE, [1, 0, 2, 1])).toBe(0);
    expect(intersectionOverUnion([0, 0, 0, 0], [0, 0, 0, 0])).toBe(0);
  });
});
