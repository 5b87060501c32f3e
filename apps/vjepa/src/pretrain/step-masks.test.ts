import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadPretrainingConfig } from '../config/load-config.js';
import { parseOverride } from '../config/override.js';
import { stepSamples } from './data-order.js';
import { stepMasks } from './step-masks.js';

const vitl16 = fileURLToPath(new URL('../../../../configs/pretrain/vitl16.yaml', import.meta.url));
const config = (...set: string[]) =>
  loadPretrainingConfig(vitl16, ['data.batch_size=2', ...set].map(parseOverride)).config;

describe('stepMasks', () => {
  it('is a function of seed and step', () => {
    const [a, b] = [stepMasks(config()), stepMasks(config())];
    a(0);
    expect(a(7)).toEqual(b(7));
    expect(a(7)).not.toEqual(b(8));
    expect(a(7)).not.toEqual(stepMasks(config('meta.seed=1'))(7));
  });

  it('gives one pair per mask, disjoint and inside the 1568 tokens', () => {
    const masks = stepMasks(config())(3);
    expect(masks).toHaveLength(2);
    for (const { context, target } of masks) {
      const seen = new Set(context.indices.subarray(0, context.shape[1]));
      expect(target.indices.subarray(0, target.shape[1]).every((index) => !seen.has(index))).toBe(true);
      expect(Math.max(...target.indices)).toBeLessThan(1568);
    }
  });

  it('names the setting of a mask that cannot be drawn', () => {
    expect(() => stepMasks(config('mask.1.spatial_scale=[1, 1]', 'mask.1.aspect_ratio=[1, 1]'))(0)).toThrow(
      /masks\[1\]/,
    );
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
