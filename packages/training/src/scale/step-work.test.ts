import { describe, expect, it } from 'vitest';
import { summarizeModel } from '../plan/model-summary.js';
import { type AheadStep, aheadStep } from './compiled-step.fixture.js';
import { optimizerBytes, type StepWork, stepWork } from './step-work.js';

const AS_PUBLISHED = { recompute: 'none', precision: 'bfloat16' } as const;
const workOf = (step: AheadStep, options: Parameters<typeof stepWork>[2] = AS_PUBLISHED) => {
  const { model, clips } = aheadStep(step);
  return stepWork(model, clips, options);
};
const sum = ({ target, trained }: StepWork, what: keyof StepWork['target']) => target[what] + trained[what];

describe('work of a step', () => {
  // docs/benchmarks.md, CUDA: counted in the program that XLA is given.
  it('of ViT-L is what its program has', () => {
    const work = workOf({ model: 'vit_large' });
    // But for the patch embedding's input, which needs no gradient.
    expect(sum(work, 'productFlops') / 55.2e12).toBeCloseTo(1, 2);
    expect(sum(work, 'attentionFlops') / 1e12).toBeCloseTo(7.4, 1);
    expect(sum(work, 'predictorAttentionFlops') / 1e12).toBeCloseTo(5.5, 1);
    expect(work.modelFlops / 1e12).toBeCloseTo(62.2, 0);
  });

  it('of V-JEPA 2 on 256 x 256 is what its program has', () => {
    const work = workOf({ model: 'vjepa2_vit_large', crop: 256, context: [376, 128], target: [1040, 1536] });
    expect(sum(work, 'productFlops') / 65.3e12).toBeCloseTo(1, 2);
    expect((sum(work, 'attentionFlops') + sum(work, 'predictorAttentionFlops')) / 1e12).toBeCloseTo(20.9, 1);
  });

  it('computes every block once more where blocks are computed again', () => {
    const [kept, again] = [
      workOf({ model: 'vit_large' }),
      workOf({ model: 'vit_large' }, { ...AS_PUBLISHED, recompute: 'block' }),
    ];
    expect(again.target).toEqual(kept.target);
    expect(again.modelFlops).toBe(kept.modelFlops);
    expect(again.trained.productFlops / kept.trained.productFlops).toBeCloseTo(4 / 3, 10);
    expect(again.trained.attentionFlops / kept.trained.attentionFlops).toBeCloseTo(4.5 / 3.5, 10);
  });

  it('grows with the batch, and has scores to write in float32', () => {
    const [one, two] = [workOf({ model: 'vit_large', batch: 24 }), workOf({ model: 'vit_large', batch: 48 })];
    expect(two.trained.otherBytes / one.trained.otherBytes).toBeCloseTo(2, 10);
    // 24 blocks of 24 clips and 16 heads: 1568^2 scores at 7 bytes, and 1568 tokens of width 1024 at 116.
    const wide = workOf({ model: 'vit_large' }, { ...AS_PUBLISHED, precision: 'float32' });
    expect(wide.target.otherBytes).toBe(24 * 24 * (16 * 1568 ** 2 * 7 + 1568 * 1024 * 116));
  });

  // docs/benchmarks.md, CUDA, "read and written by the rest" on an H200 with fused attention.
  it.each([
    [{ model: 'vit_large' }, 219],
    [{ model: 'vit_huge' }, 322],
    [{ model: 'vit_large', crop: 256, context: [376, 128], target: [1040, 1536] }, 259],
    [{ model: 'vjepa2_vit_large', crop: 256, context: [376, 128], target: [1040, 1536] }, 261],
  ])('of %j: what other kernels read and write is within 4 %% of what XLA’s do', (step, gibibytes) => {
    const found = sum(workOf(step), 'otherBytes') + optimizerBytes(summarizeModel(step.model, aheadStep(step).model));
    expect(found / 2 ** 30 / gibibytes).toBeGreaterThan(0.96);
    expect(found / 2 ** 30 / gibibytes).toBeLessThan(1.04);
  });
});
