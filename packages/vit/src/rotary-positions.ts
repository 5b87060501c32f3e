import { type TokenGrid, tokenCount } from '@vjepa/masks';
import type { PositionTable } from './position-embedding.js';

/**
 * Which angle each member of a pair of channels takes.
 *
 * - `tiled`: channel i of a segment of d channels takes the angle of frequency i mod d/2, so that the two members of a pair
 *   take different angles. It is no rotation and not relative, but it is what the weights of V-JEPA 2 are trained with.
 * - `paired`: both members of pair k take the angle of frequency k: the rotation of Su et al. 2021, and V-JEPA 2.1's.
 */
export type RotaryVariant = 'tiled' | 'paired';

/** How positions become angles. */
export interface RotaryOptions {
  variant: RotaryVariant;
  /**
   * Rows and columns are stretched so that the last ones stand at `side` - 1, whatever the grid; time is not. A grid of one
   * row or column has it at 0. `null`: rows and columns are counted as they are.
   */
  side: number | null;
}

/** The base of the frequencies 10000^(-j / (d/2)), j = 0 .. d/2 - 1. */
const BASE = 10_000;

/**
 * Rotary positions in three axes. A head's channels are split in three segments of equal, even width for time, row and
 * column, and a few that are left over, which are not rotated; channels 2k and 2k + 1 are a pair.
 *
 * @param headDim e, any width; segments are 2 floor(floor(e / 3) / 2) wide
 * @returns [N, 2e]: for each token in raster order the cosines a head's channels are multiplied by, then the sines their
 *   partners are multiplied by, with the sign they are added with (see `rotate`). Computed in float64.
 */
export function rotaryTable(grid: TokenGrid, headDim: number, { variant, side }: RotaryOptions): PositionTable {
  const { depth, height, width } = grid;
  const segment = segmentWidth(headDim);
  const codes = [
    axisCodes(depth, 1, segment, variant),
    axisCodes(height, stretch(height, side), segment, variant),
    axisCodes(width, stretch(width, side), segment, variant),
  ] as const;
  const N = tokenCount(grid);
  const data = new Float32Array(N * 2 * headDim);
  for (let token = 0; token < N; token++) {
    const place = [Math.floor(token / (height * width)), Math.floor(token / width) % height, token % width];
    const cosines = data.subarray(token * 2 * headDim, (token * 2 + 1) * headDim).fill(1);
    const sines = data.subarray((token * 2 + 1) * headDim, (token + 1) * 2 * headDim);
    for (const [axis, { cosine, sine }] of codes.entries()) {
      const from = place[axis]! * segment;
      cosines.set(cosine.subarray(from, from + segment), axis * segment);
      sines.set(sine.subarray(from, from + segment), axis * segment);
    }
  }
  return { shape: [N, 2 * headDim], data };
}

/** Channels of one axis: even, three of which fit into the head. */
function segmentWidth(headDim: number): number {
  return 2 * Math.floor(Math.floor(headDim / 3) / 2);
}

/** The distance between two rows or columns. */
function stretch(length: number, side: number | null): number {
  return side === null || length === 1 ? 1 : (side - 1) / (length - 1);
}

/** [length, segment] cosines and signed sines of positions 0, step, 2 step, ... */
function axisCodes(length: number, step: number, segment: number, variant: RotaryVariant) {
  const half = segment / 2;
  const cosine = new Float32Array(length * segment);
  const sine = new Float32Array(length * segment);
  for (let p = 0; p < length; p++) {
    for (let channel = 0; channel < segment; channel++) {
      const j = variant === 'tiled' ? channel % half : Math.floor(channel / 2);
      const angle = p * step * BASE ** (-j / half);
      cosine[p * segment + channel] = Math.cos(angle);
      sine[p * segment + channel] = channel % 2 === 0 ? -Math.sin(angle) : Math.sin(angle);
    }
  }
  return { cosine, sine };
}
