import { describe, expect, it } from 'vitest';
import { segmentationMetric } from './segmentation.js';

const NAMES = ['wall', 'floor', 'cat', 'dog'];

describe('segmentationMetric', () => {
  it('has IoU and accuracies as by hand, over the whole set', () => {
    const metric = segmentationMetric(NAMES);
    metric.add({ target: [0, 0, 0, 1, 255], predicted: [0, 0, 1, 1, 3] });
    metric.add({ target: [1, 1, 0], predicted: [1, 2, 0] });
    const { perClass, ...whole } = metric.result();
    // wall: 3 of 4 annotated, nothing else called so: 3/4. floor: 2 right, 1 missed, 1 wall called so: 2/4. cat: only predicted: 0/1.
    expect(perClass).toEqual([
      { name: 'wall', pixels: 4, iou: 75 },
      { name: 'floor', pixels: 3, iou: 50 },
      { name: 'cat', pixels: 0, iou: 0 },
      { name: 'dog', pixels: 0, iou: Number.NaN },
    ]);
    expect(whole.pixels).toBe(7);
    expect(whole.meanIou).toBeCloseTo((75 + 50 + 0) / 3, 10);
    expect(whole.pixelAccuracy).toBeCloseTo(500 / 7, 10);
    expect(whole.meanAccuracy).toBeCloseTo((75 + 200 / 3) / 2, 10);
  });

  it('is of the one confusion matrix, not the mean of pictures', () => {
    const metric = segmentationMetric(['a', 'b']);
    metric.add({ target: [0, 0, 0, 0], predicted: [0, 0, 0, 0] });
    metric.add({ target: [0, 1], predicted: [1, 1] });
    // a: 4/5, b: 1/2; means of pictures would have been 1 and 1/4.
    expect(metric.result().meanIou).toBeCloseTo((80 + 50) / 2, 10);
  });

  it('leaves out what another set ignores, and refuses what is no class', () => {
    const metric = segmentationMetric(['a', 'b'], { ignoreIndex: -1 });
    metric.add({ target: [-1, 0], predicted: [1, 0] });
    expect(metric.result()).toMatchObject({ pixels: 1, meanIou: 100 });
    expect(() => metric.add({ target: [255], predicted: [0] })).toThrow(
      'annotated class 255 is outside the 2 classes (0..1)',
    );
    expect(() => metric.add({ target: [0], predicted: [2] })).toThrow('predicted class 2 is outside');
    expect(() => metric.add({ target: [0], predicted: [] })).toThrow(
      "0 pixels are predicted, expected the annotation's 1",
    );
  });

  it('says nothing of no pixels', () => {
    expect(segmentationMetric(['a']).result()).toMatchObject({
      pixels: 0,
      meanIou: Number.NaN,
      pixelAccuracy: Number.NaN,
    });
  });
});
