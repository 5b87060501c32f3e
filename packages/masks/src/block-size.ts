import { torchRandom } from '@vjepa/random';
import type { TokenGrid } from './token-grid.js';

/** The size of a block in tokens. */
export interface BlockSize {
  depth: number;
  height: number;
  width: number;
}

/** What a block's size is drawn from, each range with its ends. */
export interface BlockRanges {
  /** Least and greatest area of a block as a fraction of the grid's height · width, each in (0, 1]. */
  spatialScale: readonly [number, number];
  /** Least and greatest length of a block as a fraction of the grid's depth, each in (0, 1]. */
  temporalScale: readonly [number, number];
  /** Least and greatest ratio of a block's height to its width, above 0. */
  aspectRatio: readonly [number, number];
}

/**
 * The block size that all blocks of all samples of one call share. It is seeded by the call's number alone, so every
 * mask setting and every device sees the same aspect-ratio draw in the same call.
 *
 * @param call how many calls came before this one: 0, 1, 2, …
 */
export function blockSize(grid: TokenGrid, ranges: BlockRanges, call: number): BlockSize {
  const random = torchRandom(call);
  // The three draws are made in this order even where minimum and maximum coincide.
  const temporalScale = interpolate(ranges.temporalScale, random.float());
  const spatialScale = interpolate(ranges.spatialScale, random.float());
  const aspectRatio = interpolate(ranges.aspectRatio, random.float());
  return blockSizeOf(grid, temporalScale, spatialScale, aspectRatio);
}

/** The block of the given scales: its area is rounded down before, its sides rounded after the aspect ratio enters. */
export function blockSizeOf(
  grid: TokenGrid,
  temporalScale: number,
  spatialScale: number,
  aspectRatio: number,
): BlockSize {
  const area = Math.trunc(grid.height * grid.width * spatialScale);
  return {
    depth: Math.max(1, Math.trunc(grid.depth * temporalScale)),
    height: Math.min(roundHalfToEven(Math.sqrt(area * aspectRatio)), grid.height),
    width: Math.min(roundHalfToEven(Math.sqrt(area / aspectRatio)), grid.width),
  };
}

function interpolate([minimum, maximum]: readonly [number, number], fraction: number): number {
  return minimum + fraction * (maximum - minimum);
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  if (fraction !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
