import { describe, expect, it } from 'vitest';
import { stepSamples } from './data-order.js';
import { planPretraining } from './plan-pretraining.js';
import type { PretrainingSettings } from './pretraining-settings.js';

/** The masks of the paper on its 8 x 14 x 14 tokens. */
const masksAt = (settings: Partial<PretrainingSettings> = {}) =>
  planPretraining({ videos: 'videos', model: 'vit_large', epochs: 1, batchSize: 2, ...settings }).masksAt;

describe('stepMasks', () => {
  it('is a function of seed and step', () => {
    const [a, b] = [masksAt(), masksAt()];
    a(0);
    expect(a(7)).toEqual(b(7));
    expect(a(7)).not.toEqual(b(8));
    expect(a(7)).not.toEqual(masksAt({ seed: 1 })(7));
  });

  it('gives one pair per mask, disjoint and inside the 1568 tokens', () => {
    const masks = masksAt()(3);
    expect(masks).toHaveLength(2);
    for (const { context, target } of masks) {
      const seen = new Set(context.indices.subarray(0, context.shape[1]));
      expect(target.indices.subarray(0, target.shape[1]).every((index) => !seen.has(index))).toBe(true);
      expect(Math.max(...target.indices)).toBeLessThan(1568);
    }
  });

  it('names the setting of a mask that cannot be drawn', () => {
    const [first] = [{ aspectRatio: [1, 1], numBlocks: 1, spatialScale: [0.5, 0.5], temporalScale: [1, 1] }] as const;
    const whole = { ...first, spatialScale: [1, 1] } as const;
    expect(() => masksAt({ masks: { kind: 'multiblock3d', masks: [first, whole] } })(0)).toThrow(/masks\[1\]/);
  });
});

describe('stepSamples', () => {
  const order = (epoch: number) => Int32Array.from([0, 1, 2, 3, 4], (i) => (i + epoch) % 5);

  it('walks through pass after pass without dropping a video', () => {
    const samples = [0, 1, 2, 3, 4].flatMap((step) => stepSamples(order, 5, 2, step));
    expect(samples.map((sample) => sample.index)).toEqual([0, 1, 2, 3, 4, 1, 2, 3, 4, 0]);
    expect(samples.map((sample) => [sample.epoch, sample.draw])).toContainEqual([1, 0]);
    expect(stepSamples(order, 5, 2, 2)).toEqual(samples.slice(4, 6));
  });
});
