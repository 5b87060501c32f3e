import { describe, expect, it } from 'vitest';
import { type AheadStep, aheadStep, GIANT, recorded } from './compiled-step.fixture.js';
import { cutState } from './cut-state.js';
import { type Exchange, stepExchanges } from './exchanges.js';

const exchangesOf = (step: AheadStep, devices: number, accumulationSteps = 1): Exchange[] => {
  const { model, clips } = aheadStep(step);
  const passes = clips[0]!.lengths.context.length * accumulationSteps;
  return stepExchanges(cutState(model, devices), { operandBytes: 2, passes, accumulationSteps });
};
const megabytes = (all: readonly Exchange[]) =>
  Object.fromEntries(all.map(({ kind, bytes }) => [kind, Number((bytes / 1e6).toFixed(1))]));

describe('exchanges of a step', () => {
  // scripts/gpu/budgets-shared.json: counted in programs for eight H200.
  it.each([
    ['ViT-L, 24 clips a device, the state whole', { model: 'vit_large', batch: 192 }, 1],
    ['ViT-g of V-JEPA 2, 12 clips a device, the state in parts', GIANT, 8],
  ])('of %s are those of its program', (name, step, parts) => {
    const { collectives } = recorded('budgets-shared.json')[name];
    const found = exchangesOf(step, parts);
    expect(found.map(({ kind }) => kind).sort()).toEqual(Object.keys(collectives).sort());
    for (const { kind, bytes, count } of found) {
      expect(bytes / 1e6, kind).toBeCloseTo(collectives[kind].MB, 0);
      expect(count / collectives[kind].count, kind).toBeGreaterThan(0.95);
      expect(count / collectives[kind].count, kind).toBeLessThan(1.05);
    }
  });

  // The same of smaller programs, by scripts/gpu/compile-ahead.mjs --devices 8 [--shard-state].
  const TINY = { batch: 64, context: [376], target: [760] };
  const THREE = { batch: 64, context: [376, 112, 200], target: [760, 1120, 800] };
  it.each([
    ['one mask, the state whole', { model: 'vjepa2_vit_tiny', ...TINY }, 1, { 'all-reduce': 54.3 }],
    [
      ...(['one mask, the state in parts', { model: 'vjepa2_vit_tiny', ...TINY }, 8] as const),
      { 'all-gather': 118.6, 'reduce-scatter': 54, 'all-reduce': 0.4 },
    ],
    [
      ...(['three masks and tables of positions, the state in parts', { model: 'vit_tiny', ...THREE }, 8] as const),
      { 'all-gather': 123.4, 'reduce-scatter': 161.9, 'all-reduce': 0.4 },
    ],
  ])('of ViT-tiny, %s', (_, step, parts, expected) => {
    expect(megabytes(exchangesOf(step, parts))).toEqual(expected);
  });

  it('of V-JEPA 2.1 are those of its program to 4 %', () => {
    const found = megabytes(exchangesOf({ model: 'vjepa2_1_vit_tiny', ...TINY }, 8));
    expect(found['all-gather']! / 117.3).toBeCloseTo(1, 1);
    expect(found['reduce-scatter']! / 55.3).toBeCloseTo(1, 1);
    expect(found['all-reduce']).toBe(0.4);
  });

  it('are made for each part of an accumulation', () => {
    const once = exchangesOf(GIANT, 8);
    expect(exchangesOf(GIANT, 8, 4).map(({ bytes }) => bytes)).toEqual(once.map(({ bytes }) => 4 * bytes));
  });
});

describe('a state in parts', () => {
  it('has whole what the devices do not divide', () => {
    const { model } = aheadStep({ model: 'vit_huge' });
    // 240 divides 3 x 1280 and not 1280, 5120 or 384 and its multiples: of each block's weights queries, keys and values are cut.
    const { trained } = cutState(model, 240);
    expect(trained.cut).toBe(32 * 3840 * 1280);
    expect(trained.cut + trained.matrices + trained.vectors).toBe(631_648_000 + 22_279_808);
    expect(cutState(model, 1).trained.cut).toBe(0);
  });
});
