import { createMaskSampler, futureMask, type MaskPair, type TokenGrid } from '@vjepa/masks';
import { mersenneTwister } from '@vjepa/random';
import { InputError, requireChoice, unfitSetting } from '@vjepa/training';

/** What of a clip is predicted: its end from its beginning, or what the masks of pretraining take out of it. */
export type PredictionMaskKind = 'future' | 'blocks' | 'large-blocks';

/** Which mask of a kind. */
export interface PredictionMaskSettings {
  kind?: PredictionMaskKind | undefined;
  /** Of `future`: the share of the clip's time steps that is seen, between 0 and 1. Default 0.5. */
  context?: number | undefined;
  /** Of blocks: what draws them. Default 0. */
  seed?: number | undefined;
}

/** The masks of the objective (V-JEPA, section 3.2), in the order of their mask tokens. */
const BLOCKS = {
  blocks: { numBlocks: 8, spatialScale: [0.15, 0.15] },
  'large-blocks': { numBlocks: 2, spatialScale: [0.7, 0.7] },
} as const;

/**
 * A mask for `measureSurprise` and `predictFeatures`: `future` sees the first time steps and predicts the others; `blocks` predicts
 * the union of eight small blocks, `large-blocks` of two large ones, all along the clip, drawn as pretraining draws them.
 *
 * @param settings.kind default `future`
 * @returns the mask, and the mask token that V-JEPA trains for one like it
 * @throws InputError when nothing would be seen, or nothing predicted; MaskSettingsError for grids too small for blocks
 */
export function predictionMask(
  grid: TokenGrid,
  { kind = 'future', context = 0.5, seed = 0 }: PredictionMaskSettings = {},
): { mask: MaskPair; maskIndex: number } {
  requireChoice('kind', kind, ['future', 'blocks', 'large-blocks']);
  if (kind !== 'future') {
    const shape = { temporalScale: [1, 1], aspectRatio: [0.75, 1.5] } as const;
    const sampler = createMaskSampler({ grid, kind: 'multiblock3d', masks: [{ ...BLOCKS[kind], ...shape }] });
    const [mask] = sampler.sample({ batchSize: 1, call: seed, random: mersenneTwister(seed) });
    return { mask: mask!, maskIndex: kind === 'blocks' ? 0 : 1 };
  }
  if (!(context > 0 && context < 1)) throw unfitSetting('context', 'a share of the clip, between 0 and 1', context);
  if (grid.depth < 2) {
    throw new InputError({
      problem: `a clip of ${grid.depth} time step has no future`,
      remedy: 'take clips of more frames, or predict blocks',
      code: 'no-future',
    });
  }
  const seen = Math.min(grid.depth - 1, Math.max(1, Math.round(context * grid.depth)));
  return { mask: futureMask(grid, seen), maskIndex: 1 };
}
