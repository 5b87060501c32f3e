import { describe, expect, it } from 'vitest';
import { type AheadStep, aheadStep, GIANT, recorded } from './compiled-step.fixture.js';
import { cutState } from './cut-state.js';
import { type CompiledAs, deviceMemory } from './device-memory.js';

const memoryOf = (
  step: AheadStep,
  { devices = 1, parts = 1, ...as }: Partial<CompiledAs> & { parts?: number } = {},
) => {
  const { model, clips } = aheadStep(step);
  const compiled = { devices, recompute: 'none', precision: 'bfloat16', accumulationSteps: 1, ...as } as const;
  return deviceMemory(model, cutState(model, parts), clips, compiled);
};
const gibibytes = (bytes: number) => bytes / 2 ** 30;
const within = (share: number, estimated: number, found: number, name?: string) => {
  expect(estimated / found, name).toBeGreaterThan(1 - share);
  expect(estimated / found, name).toBeLessThan(1 + share);
};

describe('memory of a device', () => {
  const whole = recorded('budgets.json') as Record<string, { temporaries_GiB: number }>;
  const fused = Object.entries(whole).filter(([name]) => name.endsWith(' fused'));

  it('is known of programs for one device', () => {
    expect(fused).toHaveLength(4);
  });

  it.each(fused)('of %s: temporaries within 5 %% of what XLA plans', (name, { temporaries_GiB }) => {
    const { temporaryBytes } = memoryOf({ model: name.split(' ')[1]! });
    within(0.05, gibibytes(temporaryBytes), temporaries_GiB);
  });

  const shared = recorded('budgets-shared.json') as Record<string, { arguments_GiB: number; temporaries_GiB: number }>;
  it.each([
    ['ViT-L, 24 clips a device, the state whole', { model: 'vit_large', batch: 192 }, 1],
    ['ViT-g of V-JEPA 2, 12 clips a device, the state in parts', GIANT, 8],
  ])('of %s: arguments within 1 %%, temporaries within 10', (name, step, parts) => {
    const { argumentBytes, temporaryBytes } = memoryOf(step, { devices: 8, parts });
    within(0.01, gibibytes(argumentBytes), shared[name]!.arguments_GiB, 'arguments');
    within(0.1, gibibytes(temporaryBytes), shared[name]!.temporaries_GiB, 'temporaries');
  });

  // Smaller programs, by scripts/gpu/compile-ahead.mjs --devices 8 [--shard-state] for an H200.
  const ONE = { batch: 64, context: [376], target: [760] };
  const TWO = { batch: 64, context: [376, 112], target: [760, 1120] };
  const THREE = { batch: 64, context: [376, 112, 200], target: [760, 1120, 800] };
  const LONG = { batch: 16, frames: 64, crop: 256, context: [1968, 584], target: [3972, 5852] };
  it.each([
    ['one mask', { model: 'vjepa2_vit_tiny', ...ONE }, { parts: 1 }, 2.6],
    ['one mask, in parts', { model: 'vjepa2_vit_tiny', ...ONE }, { parts: 8 }, 2.6],
    ['three masks, in parts', { model: 'vit_tiny', ...THREE }, { parts: 8 }, 6.96],
    ['64 frames, in parts', { model: 'vjepa2_vit_small', ...LONG }, { parts: 8 }, 7.96],
    ['V-JEPA 2.1, in parts', { model: 'vjepa2_1_vit_tiny', ...ONE }, { parts: 8 }, 2.73],
    ['two masks', { model: 'vit_small', ...TWO }, { parts: 1 }, 5.83],
    [
      'norms that are computed again',
      { model: 'vit_small', ...TWO },
      { parts: 1, recompute: 'elementwise' as const },
      6.25,
    ],
    ['blocks that are computed again', { model: 'vit_small', ...TWO }, { parts: 1, recompute: 'block' as const }, 5.57],
  ])('of a small model on eight devices, %s: within 12 %%', (_, step, as, temporaries) => {
    within(0.12, gibibytes(memoryOf(step, { devices: 8, ...as }).temporaryBytes), temporaries);
  });

  it('in float32 is about what XLA plans without cuDNN’s attention', () => {
    const { temporaryBytes } = memoryOf({ model: 'vit_small', batch: 8 }, { precision: 'float32' });
    within(0.1, gibibytes(temporaryBytes), 8.47);
  });

  // docs/cuda.md, ViT-L, fused: by TensorFlow's bridge.
  it.each([
    ['elementwise', 11.6],
    ['block', 3.6],
  ] as const)('on one device with recompute: %s is within 5 %%', (recompute, temporaries) => {
    within(0.05, gibibytes(memoryOf({ model: 'vit_large' }, { recompute }).temporaryBytes), temporaries);
  });

  it('of an accumulation is that of a part, and the sums', () => {
    const [whole, inParts] = [1, 4].map((accumulationSteps) =>
      memoryOf(GIANT, { devices: 8, parts: 8, accumulationSteps }),
    );
    expect(inParts!.temporaryBytes).toBeLessThan(0.4 * whole!.temporaryBytes);
    const { trained } = cutState(aheadStep(GIANT).model, 8);
    const [clips, masks] = [12 * 16 * 256 ** 2 * 3, 4 * 12 * (560 + 168 + 1120 + 1648)];
    const sums = 4 * (trained.cut / 8 + trained.vectors);
    expect(inParts!.argumentBytes - whole!.argumentBytes).toBeCloseTo(sums - (3 / 4) * (clips + masks), -1);
  });
});
