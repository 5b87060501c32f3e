import { type TokenGrid, tokenCount } from './token-grid.js';
import type { MaskPair, TokenMask } from './token-mask.js';

/** What a token is to a mask, as {@link maskToGrid} writes it. */
export const tokenRole = { unused: 0, context: 1, target: 2 } as const;

/**
 * The role of every token of one sample: a picture of its mask.
 *
 * @param sample the sample's row in the batch
 * @returns [depth, height, width] row-major; 0 unused (cut off by truncation), 1 context, 2 target
 * @throws RangeError when the row does not exist or an index lies outside the grid
 */
export function maskToGrid(pair: MaskPair, sample: number, grid: TokenGrid): Uint8Array {
  const roles = new Uint8Array(tokenCount(grid));
  fillRole(roles, pair.context, sample, tokenRole.context);
  fillRole(roles, pair.target, sample, tokenRole.target);
  return roles;
}

/**
 * The same picture as text: the time steps side by side, one character per token: `#` context, `.` target, a space for
 * neither.
 */
export function maskToText(pair: MaskPair, sample: number, grid: TokenGrid): string {
  const roles = maskToGrid(pair, sample, grid);
  const lines: string[] = [];
  for (let y = 0; y < grid.height; y++) {
    const steps: string[] = [];
    for (let t = 0; t < grid.depth; t++) {
      const start = (t * grid.height + y) * grid.width;
      steps.push(Array.from(roles.subarray(start, start + grid.width), (role) => ' #.'[role]).join(''));
    }
    lines.push(steps.join('|'));
  }
  return lines.join('\n');
}

function fillRole(roles: Uint8Array, mask: TokenMask, sample: number, role: number): void {
  const [rows, length] = mask.shape;
  if (!Number.isInteger(sample) || sample < 0 || sample >= rows) {
    throw new RangeError(`sample ${sample} is outside the mask's ${rows} samples (0..${rows - 1})`);
  }
  for (const index of mask.indices.subarray(sample * length, (sample + 1) * length)) {
    if (index < 0 || index >= roles.length) {
      throw new RangeError(`mask index ${index} is outside the grid's ${roles.length} tokens (0..${roles.length - 1})`);
    }
    roles[index] = role;
  }
}
