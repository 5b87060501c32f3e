import { type MaskPair, maskToGrid, type TokenGrid, tokenRole } from '@vjepa/masks';
import { createPicture, drawPicture, fillRectangle, type Rgb, type RgbPicture } from './rgb-picture.js';

const BACKGROUND: Rgb = [255, 255, 255];
const COLORS: Readonly<Record<number, Rgb>> = {
  [tokenRole.unused]: [226, 226, 226],
  [tokenRole.context]: [38, 110, 184],
  [tokenRole.target]: [240, 160, 64],
};
const GAP = 6;

/**
 * Masks as a picture: one row per sample and mask, one tile per time step. Context tokens are blue, targets orange,
 * tokens that are neither (cut off when the batch is brought to one length) grey.
 *
 * @param tokenPixels side of a token in pixels
 * @param frames one frame per time step and sample, each grid.width · tokenPixels wide and grid.height · tokenPixels
 *   high; with them the context shows the frame itself and everything else is veiled in its colour
 */
export function maskPicture(
  masks: readonly MaskPair[],
  grid: TokenGrid,
  tokenPixels: number,
  frames?: readonly (readonly RgbPicture[])[],
): RgbPicture {
  const samples = masks[0]?.context.shape[0] ?? 0;
  const tile = { width: grid.width * tokenPixels, height: grid.height * tokenPixels };
  const rows = samples * (masks.length + (frames ? 1 : 0));
  const picture = createPicture(
    grid.depth * (tile.width + GAP) + GAP,
    rows * (tile.height + GAP) + GAP + (samples - 1) * GAP * 2,
    BACKGROUND,
  );
  let y = GAP;
  for (let sample = 0; sample < samples; sample++) {
    const under = frames?.[sample];
    if (under) {
      for (let t = 0; t < grid.depth; t++) drawPicture(picture, under[t]!, GAP + t * (tile.width + GAP), y);
      y += tile.height + GAP;
    }
    for (const pair of masks) {
      drawMaskRow(picture, maskToGrid(pair, sample, grid), grid, tokenPixels, y, under);
      y += tile.height + GAP;
    }
    y += GAP * 2;
  }
  return picture;
}

function drawMaskRow(
  picture: RgbPicture,
  roles: Uint8Array,
  grid: TokenGrid,
  size: number,
  top: number,
  frames: readonly RgbPicture[] | undefined,
): void {
  for (let t = 0; t < grid.depth; t++) {
    const left = GAP + t * (grid.width * size + GAP);
    if (frames) drawPicture(picture, frames[t]!, left, top);
    for (let h = 0; h < grid.height; h++) {
      for (let w = 0; w < grid.width; w++) {
        const role = roles[(t * grid.height + h) * grid.width + w]!;
        if (frames && role === tokenRole.context) continue;
        const opacity = frames ? 0.82 : 1;
        const cell = { x: left + w * size, y: top + h * size, width: size, height: size };
        const inner = frames ? cell : { ...cell, width: size - 1, height: size - 1 };
        fillRectangle(picture, inner, COLORS[role]!, opacity);
      }
    }
  }
}
