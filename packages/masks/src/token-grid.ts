import { MaskSettingsError } from './mask-settings-error.js';

/**
 * The tokens of a clip: `depth` time steps (frames / tubelet size) of `height` × `width` patches (pixels / patch size).
 * Token (t, y, x) has the flat index (t · height + y) · width + x; 16 frames of 224² in 2×16×16 tubelets are 8×14×14.
 */
export interface TokenGrid {
  depth: number;
  height: number;
  width: number;
}

/** The number of tokens N of a clip. */
export function tokenCount(grid: TokenGrid): number {
  return grid.depth * grid.height * grid.width;
}

/** @throws MaskSettingsError unless every side is a positive integer */
export function validateGrid(grid: TokenGrid): void {
  for (const side of ['depth', 'height', 'width'] as const) {
    if (!Number.isInteger(grid[side]) || grid[side] < 1) {
      throw new MaskSettingsError(
        `grid.${side}`,
        grid[side],
        'a positive integer',
        'use frames / tubelet size for the depth and crop size / patch size for height and width',
      );
    }
  }
}
