import { encoderConfig } from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { type DenseSettings, denseCandidates, planDense } from './dense-plan.js';
import { rateFactor } from './dense-training.js';

const encoder = encoderConfig('vit_tiny', { imageSize: 64, patchSize: 16 });
const ade = { encoder, checkpoint: null, data: { benchmark: 'ade20k', root: 'ade' } } as const;

describe('planDense', () => {
  it('has defaults of each kind', () => {
    const classes = planDense(ade);
    expect(classes).toMatchObject({
      ...{ kind: 'dense_segmentation_frozen', size: { height: 64, width: 64 }, layer: 12 },
      data: { train: 'train', validation: 'val' },
      training: { learningRates: [1e-3], scale: [0.5, 2] },
    });
    expect(denseCandidates(classes.training)).toHaveLength(1);
    const depth = planDense({ ...ade, data: { benchmark: 'nyu-depth', root: 'nyu' } });
    expect(depth).toMatchObject({
      kind: 'dense_depth_frozen',
      size: { height: 480, width: 640 },
      training: { scale: [1, 1] },
    });
    expect(denseCandidates(depth.training)).toHaveLength(6);
    expect(planDense({ ...ade, data: { benchmark: 'pascal-voc', root: 'voc' } }).data.train).toBe('train_aug');
  });

  it.each([
    [{ data: { benchmark: 'coco', root: '.' } }, "`data.benchmark`: expected 'ade20k' or 'pascal-voc'"],
    [{ data: undefined }, '`data.benchmark`'],
    [{ size: 70 }, '`size`: expected multiples of the patch, 16 pixels, found 70'],
    [{ size: { height: 64, width: 0 } }, '`size`'],
    [{ layer: 13 }, '`layer`'],
    [{ probe: { bins: 1 } }, '`probe.bins`: expected at least 2, or 0 for none, found 1'],
    [{ probe: { minDepth: 3, maxDepth: 2 } }, '`probe.maxDepth`'],
    [{ training: { epochs: 0 } }, '`training.epochs`'],
    [{ training: { learningRates: [] } }, '`training.learningRates`'],
    [{ training: { scale: [2, 1] } }, '`training.scale`: expected two factors above 0, the smaller first'],
    [{ training: { warmup: 1 } }, '`training.warmup`'],
    [{ training: { weightDecays: [0, 1], heldOut: 0 } }, 'a share above 0, to choose the best of 2 probes by, found 0'],
    [{ seed: -1 }, '`seed`'],
  ])('refuses %j', (wrong, message) => {
    expect(() => planDense({ ...ade, ...wrong } as DenseSettings)).toThrow(message);
  });
});

describe('rateFactor', () => {
  it('goes up along a line, and down to almost nothing along another', () => {
    const factors = Array.from({ length: 10 }, (_, i) => rateFactor(i + 1, 10, 0.2));
    expect(factors.slice(0, 3)).toEqual([0.5, 1, 1]);
    expect(factors.at(-1)).toBeCloseTo(1 / 8, 10);
    expect(rateFactor(1, 10, 0)).toBe(1);
  });
});
