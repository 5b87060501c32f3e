import { describe, expect, it } from 'vitest';
import { summarizeModel } from '../plan/model-summary.js';
import { accelerator } from './accelerators.js';
import { SCALE_ASSUMPTIONS } from './assumptions.js';
import { type AheadStep, aheadStep } from './compiled-step.fixture.js';
import { scaledStep } from './scaled-step.js';
import { optimizerBytes, stepWork } from './step-work.js';

const COMPILED = { recompute: 'none', precision: 'bfloat16' } as const;

function stepOn(step: AheadStep, devices = 1, exchanged: Parameters<typeof scaledStep>[1] = []) {
  const { model, clips } = aheadStep(step);
  const device = accelerator('h200');
  const links = { ...device, devices, devicesPerHost: Math.min(8, devices) };
  return scaledStep(stepWork(model, clips, COMPILED), exchanged, optimizerBytes(summarizeModel(step.model, model)), {
    ...{ device, links, assumptions: SCALE_ASSUMPTIONS, ...COMPILED },
  });
}

describe('a step on devices', () => {
  // docs/benchmarks.md: 93 ms of products, 47 of attention, 62 of the rest, 202 in all, 31 % of the peak.
  it('of ViT-L on an H200 is what is computed from its program', () => {
    const { step, exchanges } = stepOn({ model: 'vit_large' });
    expect(step.productSeconds).toBeCloseTo(0.093, 3);
    expect(step.attentionSeconds).toBeCloseTo(0.047, 2);
    expect(step.memorySeconds).toBeCloseTo(0.062, 2);
    expect(step.seconds / 0.202).toBeCloseTo(1, 1);
    expect(step.modelUtilization).toBeCloseTo(0.31, 2);
    expect(step.computedUtilization).toBeGreaterThan(step.modelUtilization);
    expect(exchanges).toMatchObject({ bytes: 0, hiddenShare: 1 });
  });

  it('takes as long on eight devices with eight times the clips, but for exchanges that are not hidden', () => {
    const all = [{ kind: 'all-reduce', bytes: 1303.9e6, count: 52 }] as const;
    const [one, eight] = [stepOn({ model: 'vit_large' }), stepOn({ model: 'vit_large', batch: 192 }, 8, all)];
    expect(eight.step.seconds - eight.step.exposedSeconds).toBeCloseTo(one.step.seconds, 10);
    // 2 x 7/8 of 1.3 GB at 360 GB/s and 2 x 52 x 3 stages of 10 us; the last of 52 is not hidden.
    expect(eight.exchanges.seconds).toBeCloseTo(0.00634 + 0.00312, 4);
    expect(eight.step.exposedSeconds).toBeCloseTo(eight.exchanges.seconds / 52, 10);
    expect(eight.exchanges.hiddenShare).toBeCloseTo(51 / 52, 10);
  });
});
