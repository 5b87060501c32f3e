import { describe, expect, it } from 'vitest';
import { videoObjectMetric } from './video-objects.js';

const SIZE = { height: 1, width: 10 };

/** A frame of one row: the object's number from `start` on, `length` pixels long. */
function row(start: number, length: number, object = 1): number[] {
  return Array.from({ length: 10 }, (_, x) => (x >= start && x < start + length ? object : 0));
}

describe('videoObjectMetric', () => {
  it('measures each object without the first and the last frame', () => {
    const metric = videoObjectMetric();
    const annotated = [row(0, 4), row(0, 4), row(0, 4), row(0, 4)];
    // 4 of 4, 2 of 4, then a miss in the last frame, and nonsense in the first: neither counts.
    const [result] = metric.add({
      video: 'a',
      ...SIZE,
      annotated,
      predicted: [row(9, 1), row(0, 4), row(0, 2), row(9, 1)],
    });
    expect(result!.region).toEqual({ mean: 75, recall: 50, decay: 50 });
    // The second frame's outlines are two pixels apart, which is beyond the tolerance of one.
    expect(result!.boundary).toEqual({ mean: 50, recall: 50, decay: 100 });
    expect(metric.result()).toMatchObject({ regionAndBoundary: 62.5, region: { mean: 75 }, boundary: { mean: 50 } });
  });

  it('has a decay of quarters that share the frames where they meet', () => {
    const lengths = [4, 4, 4, 3, 2, 2, 1, 1, 1]; // J: 1, 1, 1, .75, .5, .5, .25, .25, .25
    const frames = lengths.map((length) => row(0, length));
    const annotated = [row(0, 4), ...frames.map(() => row(0, 4)), row(0, 4)];
    const predicted = [row(0, 4), ...frames, row(0, 4)];
    const [result] = videoObjectMetric().add({ video: 'a', ...SIZE, annotated, predicted });
    // Bounds 0, 2, 4, 6, 8: the first quarter is frames 0 to 2, the last 6 to 8.
    expect(result!.region.decay).toBeCloseTo(100 * (1 - 0.25), 10);
    expect(result!.region.recall).toBeCloseTo((100 * 4) / 9, 10);
  });

  it('gives each object the same weight, however many are in a video', () => {
    const metric = videoObjectMetric();
    const both = row(0, 3).map((label, x) => (x >= 6 ? 7 : label));
    metric.add({ video: 'a', ...SIZE, annotated: [both, both, both], predicted: [both, both, both] });
    metric.add({
      video: 'b',
      ...SIZE,
      annotated: [row(0, 4), row(0, 4), row(0, 4)],
      predicted: [[], [], []].map(() => row(9, 0)),
    });
    const { perObject, region } = metric.result();
    expect(perObject.map(({ video, object }) => `${video}${object}`)).toEqual(['a1', 'a7', 'b1']);
    expect(region.mean).toBeCloseTo(200 / 3, 10);
  });

  it('does not count void pixels, nor objects that come later', () => {
    const annotated = [row(0, 4), [1, 1, 255, 255, 0, 0, 0, 2, 2, 2], row(0, 4)];
    const [result, other] = videoObjectMetric().add({
      video: 'a',
      ...SIZE,
      annotated,
      predicted: annotated.map(() => row(0, 4)),
    });
    expect(result!.region.mean).toBe(100);
    expect(other).toBeUndefined();
  });

  it('refuses what has nothing to measure', () => {
    const frames = [row(0, 4), row(0, 4)];
    expect(() => videoObjectMetric().add({ video: 'a', ...SIZE, annotated: frames, predicted: frames })).toThrow(
      'a: 2 frames are predicted and 2 annotated, expected as many, and at least 3',
    );
    const empty = [row(0, 0), row(0, 4), row(0, 4)];
    expect(() => videoObjectMetric().add({ video: 'a', ...SIZE, annotated: empty, predicted: empty })).toThrow(
      'no objects',
    );
    const short = [row(0, 4), row(0, 4), [1]];
    expect(() => videoObjectMetric().add({ video: 'a', ...SIZE, annotated: short, predicted: short })).toThrow(
      '1 pixels',
    );
  });
});
