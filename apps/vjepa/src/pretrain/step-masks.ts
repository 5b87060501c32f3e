import { createMaskSampler, type MaskPair, type MaskSampler } from '@vjepa/masks';
import { stepStream } from '@vjepa/random';
import type { MaskConfig, PretrainingConfig } from '../config/pretraining-config.js';

/** The masks of a training step, one pair per entry of the config's `mask:` list. */
export type StepMasks = (step: number) => MaskPair[];

/**
 * Masks as a function of (meta.seed, step): the step is the call counter that seeds the block size (V-JEPA, section
 * 3.2, as the reference draws it), and block places come from a generator seeded by both. A resumed run therefore draws
 * what the uninterrupted one would have.
 *
 * @throws MaskSettingsError when the masks cannot be drawn on the clip's token grid.
 */
export function stepMasks(config: PretrainingConfig): StepMasks {
  const sampler = maskSampler(config);
  const batchSize = config.data.batch_size;
  return (step) => sampler.sample({ batchSize, call: step, random: stepStream(config.meta.seed, step) });
}

/** The token grid of a config's clips. */
export function tokenGrid({ data }: Pick<PretrainingConfig, 'data'>) {
  const side = data.crop_size / data.patch_size;
  return { depth: data.num_frames / data.tubelet_size, height: side, width: side };
}

function maskSampler({ data, mask }: PretrainingConfig): MaskSampler {
  const common = {
    grid: tokenGrid({ data }),
    truncation: data.mask_truncation,
    groupSize: data.mask_group_size,
  };
  if (data.mask_type === 'random_tube') {
    return createMaskSampler({ ...common, kind: 'random_tube', masks: mask.map(({ ratio }) => ({ ratio: ratio! })) });
  }
  return createMaskSampler({ ...common, kind: 'multiblock3d', masks: mask.map(multiBlockSettings) });
}

/** The settings of one multi-block entry, in the names of @vjepa/masks. */
export function multiBlockSettings(mask: MaskConfig) {
  return {
    aspectRatio: mask.aspect_ratio!,
    numBlocks: mask.num_blocks!,
    spatialScale: mask.spatial_scale!,
    temporalScale: mask.temporal_scale!,
    maxTemporalKeep: mask.max_temporal_keep,
    maxKeep: mask.max_keep,
  };
}
