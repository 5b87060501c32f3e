import { type BlockRanges, blockSizeOf } from './block-size.js';
import { MaskSettingsError } from './mask-settings-error.js';
import type { TokenGrid } from './token-grid.js';

/**
 * Multi-block masking (V-JEPA, section 3.2): the union of `numBlocks` blocks of one size at random places is the
 * target, the rest is the context.
 */
export interface MultiBlockSettings extends BlockRanges {
  /** Blocks per sample, at least 1. They may overlap. */
  numBlocks: number;
  /**
   * The fraction, in (0, 1], of the time steps that the context may use, from the first on: the causal variant. At
   * least one step stays. 1 if left out.
   */
  maxTemporalKeep?: number | null | undefined;
  /** An upper bound on context tokens per sample; none if left out. */
  maxKeep?: number | null | undefined;
}

/** Time steps that the context may use. */
export function contextSteps(grid: TokenGrid, settings: MultiBlockSettings): number {
  return Math.max(1, Math.trunc(grid.depth * (settings.maxTemporalKeep ?? 1)));
}

/**
 * @param name how errors call the settings, for example `masks[0]`
 * @throws MaskSettingsError that names the first field with which some call could not draw a mask
 */
export function validateMultiBlock(grid: TokenGrid, settings: MultiBlockSettings, name: string): void {
  validateScale(settings.spatialScale, `${name}.spatialScale`, 'height × width');
  validateScale(settings.temporalScale, `${name}.temporalScale`, 'depth');
  validateRange(settings.aspectRatio, `${name}.aspectRatio`, 'use for example [0.75, 1.5]');
  validateCount(settings.numBlocks, `${name}.numBlocks`, 'the paper uses 8 short-range and 2 long-range blocks');
  if (settings.maxKeep != null) validateCount(settings.maxKeep, `${name}.maxKeep`, 'leave it out for no limit');
  const keep = settings.maxTemporalKeep ?? 1;
  if (!(keep > 0 && keep <= 1)) {
    throw new MaskSettingsError(`${name}.maxTemporalKeep`, keep, 'a number in (0, 1]', 'use 1 for the whole clip');
  }
  validateSmallestBlock(grid, settings, name);
  validateLargestBlock(grid, settings, name);
}

function validateRange(range: unknown, field: string, remedy: string): asserts range is [number, number] {
  const valid =
    Array.isArray(range) && range.length === 2 && range.every(Number.isFinite) && range[0] > 0 && range[0] <= range[1];
  if (!valid) throw new MaskSettingsError(field, range, '[minimum, maximum] with 0 < minimum <= maximum', remedy);
}

function validateScale(range: readonly [number, number], field: string, of: string): void {
  validateRange(range, field, `give the least and the greatest fraction of the grid's ${of}`);
  if (range[1] > 1) {
    throw new MaskSettingsError(field, range, 'fractions in (0, 1]', `a block cannot be larger than the grid's ${of}`);
  }
}

function validateCount(count: unknown, field: string, remedy: string): void {
  if (!Number.isInteger(count) || (count as number) < 1) {
    throw new MaskSettingsError(field, count, 'a positive integer', remedy);
  }
}

function validateSmallestBlock(grid: TokenGrid, settings: MultiBlockSettings, name: string): void {
  const { spatialScale, temporalScale, aspectRatio } = settings;
  for (const ratio of aspectRatio) {
    const size = blockSizeOf(grid, temporalScale[0], spatialScale[0], ratio);
    if (size.height < 1 || size.width < 1) {
      throw new MaskSettingsError(
        `${name}.spatialScale`,
        spatialScale,
        `blocks of at least one token on a grid of ${grid.height}×${grid.width} with aspect ratio ${ratio}`,
        `the smallest block comes out at ${size.height}×${size.width}; raise the minimum or narrow aspectRatio`,
      );
    }
  }
}

/** The reference would look for a context without end here: a block that covers every token leaves none. */
function validateLargestBlock(grid: TokenGrid, settings: MultiBlockSettings, name: string): void {
  const depth = Math.trunc(grid.depth * largestDrawn(settings.temporalScale));
  if (depth < grid.depth) return;
  const area = Math.trunc(grid.height * grid.width * largestDrawn(settings.spatialScale));
  // A ratio r fills the grid when √(area·r) rounds to its height or more and √(area/r) to its width or more.
  const least = Math.max((grid.height - 0.5) ** 2 / area, settings.aspectRatio[0]);
  const greatest = Math.min(area / (grid.width - 0.5) ** 2, settings.aspectRatio[1]);
  if (least < greatest || (least === greatest && fillsPlane(grid, settings, least))) {
    throw new MaskSettingsError(
      `${name}.spatialScale`,
      settings.spatialScale,
      `blocks that leave at least one of the ${grid.depth}×${grid.height}×${grid.width} tokens as context`,
      'a block can cover the whole grid; lower the maximum of spatialScale or of temporalScale',
    );
  }
}

function fillsPlane(grid: TokenGrid, settings: MultiBlockSettings, ratio: number): boolean {
  const size = blockSizeOf(grid, 1, largestDrawn(settings.spatialScale), ratio);
  return size.height === grid.height && size.width === grid.width;
}

/** A uniform draw stays below 1: the greatest value of a range with two ends is never quite reached. */
function largestDrawn([minimum, maximum]: readonly [number, number]): number {
  return minimum + (1 - 2 ** -24) * (maximum - minimum);
}
