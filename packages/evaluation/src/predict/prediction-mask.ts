import { createMaskSampler, futureMask, type MaskPair, type TokenGrid } from '@vjepa/masks';
import { mersenneTwister, type RandomGenerator } from '@vjepa/random';
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

/** Which mask token V-JEPA trains for masks of a kind. */
export function maskIndexOf(kind: PredictionMaskKind): number {
  return kind === 'blocks' ? 0 : 1;
}

/** Masks of one or several kinds for batches, drawn anew for each: `call` counts them. */
export type BatchMasks = (batchSize: number, call: number, random: RandomGenerator) => MaskPair[];

/**
 * Masks of the given kinds, in their order: of `future` the same for all clips, of blocks each clip's own, cut to one length as
 * in pretraining.
 *
 * @throws as `predictionMask` does
 */
export function batchMasks(grid: TokenGrid, kinds: readonly PredictionMaskKind[], context?: number): BatchMasks {
  const drawn = kinds.map((kind) => {
    if (kind === 'future') {
      const { mask } = predictionMask(grid, { kind, context });
      return (batchSize: number) => repeated(mask, batchSize);
    }
    const sampler = blockSampler(grid, kind);
    return (batchSize: number, call: number, random: RandomGenerator) => {
      return sampler.sample({ batchSize, call, random })[0]!;
    };
  });
  return (...request) => drawn.map((draw) => draw(...request));
}

function blockSampler(grid: TokenGrid, kind: keyof typeof BLOCKS) {
  const shape = { temporalScale: [1, 1], aspectRatio: [0.75, 1.5] } as const;
  return createMaskSampler({ grid, kind: 'multiblock3d', masks: [{ ...BLOCKS[kind], ...shape }] });
}

/** The mask of one sample for a batch. */
function repeated({ context, target }: MaskPair, batchSize: number): MaskPair {
  const rows = ({ indices, shape: [, K] }: MaskPair['context']): MaskPair['context'] => ({
    indices: Int32Array.from({ length: batchSize * K }, (_, i) => indices[i % K]!),
    shape: [batchSize, K],
  });
  return { context: rows(context), target: rows(target) };
}

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
    const [mask] = blockSampler(grid, kind).sample({ batchSize: 1, call: seed, random: mersenneTwister(seed) });
    return { mask: mask!, maskIndex: maskIndexOf(kind) };
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
  return { mask: futureMask(grid, seen), maskIndex: maskIndexOf(kind) };
}
