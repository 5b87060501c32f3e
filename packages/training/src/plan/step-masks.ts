import { createMaskSampler, type MaskPair } from '@vjepa/masks';
import { stepStream } from '@vjepa/random';
import type { TokenGrid } from '@vjepa/vit';
import type { MaskPlan } from './pretraining-settings.js';

/** The masks of a training step, counted from 0: one pair per mask setting. */
export type StepMasks = (step: number) => MaskPair[];

export interface StepMasksSettings {
  masks: MaskPlan;
  grid: TokenGrid;
  batchSize: number;
  seed: number;
}

/**
 * Masks as a function of (seed, step): the step is the call counter that seeds the block size (V-JEPA, section 3.2, as
 * the reference draws it), and block places come from a generator seeded by both. A resumed run therefore draws what
 * the uninterrupted one would have.
 *
 * @throws MaskSettingsError when the masks cannot be drawn on the grid
 */
export function stepMasks({ masks, grid, batchSize, seed }: StepMasksSettings): StepMasks {
  const sampler = createMaskSampler({ ...masks, grid });
  return (step) => sampler.sample({ batchSize, call: step, random: stepStream(seed, step) });
}
