import type { Box } from '@vjepa/benchmarks';
import type { TokenGrid } from '@vjepa/masks';

/**
 * The mean of a clip's tokens inside a box, each weighted by the area of its patch that the box covers, over all time
 * steps. A box that covers nothing takes the patch at its centre.
 *
 * @param tokens [depth · height · width, D]
 * @param box corners in 0..1 of the frame that the tokens were made of
 * @returns [D]
 */
export function poolBox(tokens: Float32Array, grid: TokenGrid, box: Box): Float32Array {
  const weights = boxWeights(grid, box);
  const patches = grid.height * grid.width;
  const width = tokens.length / (grid.depth * patches);
  const pooled = new Float64Array(width);
  for (const [patch, weight] of weights.entries()) {
    if (weight === 0) continue;
    for (let t = 0; t < grid.depth; t++) {
      const from = (t * patches + patch) * width;
      for (let d = 0; d < width; d++) pooled[d]! += (weight / grid.depth) * tokens[from + d]!;
    }
  }
  return Float32Array.from(pooled);
}

/** How much each patch counts; the weights sum to 1. [height · width] */
export function boxWeights({ height, width }: TokenGrid, [left, top, right, bottom]: Box): Float64Array {
  const [x, y] = [covered(left * width, right * width, width), covered(top * height, bottom * height, height)];
  const weights = Float64Array.from({ length: height * width }, (_, i) => y[Math.floor(i / width)]! * x[i % width]!);
  const area = weights.reduce((sum, weight) => sum + weight, 0);
  if (area > 0) return weights.map((weight) => weight / area);
  const place = (from: number, to: number, cells: number) =>
    Math.max(0, Math.min(cells - 1, Math.floor(((from + to) / 2) * cells)));
  weights[place(top, bottom, height) * width + place(left, right, width)] = 1;
  return weights;
}

/** The length of each cell [i, i + 1) that lies between two points. */
function covered(from: number, to: number, cells: number): Float64Array {
  return Float64Array.from({ length: cells }, (_, i) => Math.max(0, Math.min(to, i + 1) - Math.max(from, i)));
}
