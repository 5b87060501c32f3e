import type { TokenGrid } from '@vjepa/masks';

/** A table of position codes, [N, D] row-major. */
export interface PositionTable {
  shape: [number, number];
  data: Float32Array;
}

/**
 * The code of position `m`: all sines, then all cosines, of m * 10000^(-i / (d/2)), i = 0 .. d/2 - 1. Computed in
 * float64; written to `out` from `offset`, cut after `limit` values.
 */
function writeCode(position: number, width: number, out: Float32Array, offset: number, limit: number): void {
  const half = width / 2;
  for (let i = 0; i < half; i++) {
    const angle = position * 10000 ** (-i / half);
    if (i < limit) out[offset + i] = Math.sin(angle);
    if (half + i < limit) out[offset + half + i] = Math.cos(angle);
  }
}

function checkEven(width: number, what: string): void {
  if (width % 2 !== 0) {
    throw new Error(`${what} is ${width} wide; sine-cosine position codes need an even width`);
  }
}

/**
 * Sine-cosine codes of the positions 0 .. count - 1.
 *
 * @returns [count, dim]
 * @throws if `dim` is odd
 */
export function positionEmbedding1d(dim: number, count: number): PositionTable {
  checkEven(dim, 'the position code');
  const data = new Float32Array(count * dim);
  for (let m = 0; m < count; m++) writeCode(m, dim, data, m * dim, dim);
  return { shape: [count, dim], data };
}

/**
 * Codes of a grid of patches, raster order: the first half of the columns tells the row, the second the column.
 *
 * @returns [height * width, dim]
 * @throws if `dim` is not a multiple of 4
 */
export function positionEmbedding2d(dim: number, grid: { height: number; width: number }): PositionTable {
  const half = dim / 2;
  checkEven(half, `half of a two-dimensional position code of width ${dim}`);
  const data = new Float32Array(grid.height * grid.width * dim);
  for (let h = 0; h < grid.height; h++) {
    for (let w = 0; w < grid.width; w++) {
      const row = (h * grid.width + w) * dim;
      writeCode(h, half, data, row, half);
      writeCode(w, half, data, row + half, half);
    }
  }
  return { shape: [grid.height * grid.width, dim], data };
}

/**
 * Codes of a grid of tubelets, time slowest, columns [time | height | width].
 *
 * With `uniformPower` every axis gets 2 * ceil(D / 6) columns and the excess is cut from the end of the width's
 * cosines (this is what the published models have); without, time gets D / 2 and the others D / 4 each.
 *
 * @returns [depth * height * width, dim]
 * @throws if the width cannot be shared among the axes
 */
export function positionEmbedding3d(
  dim: number,
  grid: TokenGrid,
  { uniformPower }: { uniformPower: boolean },
): PositionTable {
  const split = columnsOf(dim, uniformPower);
  const { depth, height, width } = grid;
  const data = new Float32Array(depth * height * width * dim);
  let row = 0;
  for (let t = 0; t < depth; t++) {
    for (let h = 0; h < height; h++) {
      for (let w = 0; w < width; w++) {
        writePlace([t, h, w], dim, split, data, row);
        row += dim;
      }
    }
  }
  return { shape: [depth * height * width, dim], data };
}

/**
 * The code of one place of a video's grid, [D]: a row of `positionEmbedding3d`'s table, whatever the grid.
 *
 * @param place tubelet, row and column
 * @throws if the width cannot be shared among the axes
 */
export function positionCode3d(
  dim: number,
  place: readonly [number, number, number],
  { uniformPower }: { uniformPower: boolean },
): Float32Array {
  const code = new Float32Array(dim);
  writePlace(place, dim, columnsOf(dim, uniformPower), code, 0);
  return code;
}

interface Columns {
  temporal: number;
  spatial: number;
}

/** How many of `dim` columns the axes get. */
function columnsOf(dim: number, uniformPower: boolean): Columns {
  const temporal = uniformPower ? 2 * Math.ceil(dim / 6) : Math.floor(dim / 2);
  const spatial = uniformPower ? temporal : Math.floor(dim / 4);
  checkEven(temporal, `the time axis of a position code of width ${dim}`);
  checkEven(spatial, `a spatial axis of a position code of width ${dim}`);
  if (temporal + 2 * spatial < dim) {
    throw new Error(`a position code of width ${dim} cannot be shared among three axes; choose a multiple of 8`);
  }
  return { temporal, spatial };
}

function writePlace(
  [t, h, w]: readonly [number, number, number],
  dim: number,
  { temporal, spatial }: Columns,
  out: Float32Array,
  row: number,
): void {
  writeCode(t, temporal, out, row, dim);
  writeCode(h, spatial, out, row + temporal, dim - temporal);
  writeCode(w, spatial, out, row + temporal + spatial, dim - temporal - spatial);
}
