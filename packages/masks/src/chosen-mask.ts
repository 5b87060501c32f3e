import { MaskSettingsError } from './mask-settings-error.js';
import { type SampleMask, splitTokens } from './sample-mask.js';
import { type TokenGrid, tokenCount, validateGrid } from './token-grid.js';
import type { MaskPair } from './token-mask.js';

/** A box of tokens: `depth` time steps from `time` on, `height` x `width` patches from row `top` and column `left` on. */
export interface TokenBox {
  time: number;
  top: number;
  left: number;
  depth: number;
  height: number;
  width: number;
}

/**
 * The future of a clip: the first time steps are the context, the others the targets.
 *
 * @param contextSteps time steps of the context, 1 .. depth - 1
 * @returns the mask of one sample
 * @throws MaskSettingsError when there would be no context or no target
 */
export function futureMask(grid: TokenGrid, contextSteps: number): MaskPair {
  validateGrid(grid);
  if (!Number.isInteger(contextSteps) || contextSteps < 1 || contextSteps >= grid.depth) {
    throw new MaskSettingsError(
      'contextSteps',
      contextSteps,
      `a whole number from 1 to ${grid.depth - 1}, of the clip's ${grid.depth} time steps`,
      'something has to be seen, and something is left to predict',
    );
  }
  const keep = new Uint8Array(tokenCount(grid)).fill(1, 0, contextSteps * grid.height * grid.width);
  return oneSample(splitTokens(keep));
}

/**
 * Boxes that are chosen: the tokens in any of them are the targets, the others the context.
 *
 * @returns the mask of one sample
 * @throws MaskSettingsError when a box is empty or leaves the grid, or the boxes leave no context
 */
export function boxMask(grid: TokenGrid, boxes: readonly TokenBox[]): MaskPair {
  validateGrid(grid);
  const keep = new Uint8Array(tokenCount(grid)).fill(1);
  for (const [i, box] of boxes.entries()) {
    requireInside(grid, box, `boxes[${i}]`);
    for (let t = box.time; t < box.time + box.depth; t++) {
      for (let y = box.top; y < box.top + box.height; y++) {
        const row = (t * grid.height + y) * grid.width + box.left;
        keep.fill(0, row, row + box.width);
      }
    }
  }
  return chosen(keep, 'boxes', boxes);
}

/**
 * Targets by their tokens' flat indices; the other tokens are the context.
 *
 * @returns the mask of one sample, ascending
 * @throws MaskSettingsError for an index outside the grid, or when no context or no target is left
 */
export function targetMask(grid: TokenGrid, targets: ArrayLike<number>): MaskPair {
  validateGrid(grid);
  const tokens = tokenCount(grid);
  const keep = new Uint8Array(tokens).fill(1);
  for (const [i, token] of Array.from(targets).entries()) {
    if (Number.isInteger(token) && token >= 0 && token < tokens) keep[token] = 0;
    else {
      const size = `${grid.depth}×${grid.height}×${grid.width}`;
      const expected = `one of the grid's ${tokens} tokens, 0 to ${tokens - 1}`;
      throw new MaskSettingsError(`targets[${i}]`, token, expected, `the grid is ${size}`);
    }
  }
  return chosen(keep, 'targets', Array.from(targets));
}

function chosen(keep: Uint8Array, name: string, found: unknown): MaskPair {
  const mask = splitTokens(keep);
  if (mask.target.length === 0 || mask.context.length === 0) {
    const remedy = mask.target.length === 0 ? 'choose what is to be predicted' : 'leave something to predict it from';
    throw new MaskSettingsError(name, found, 'some tokens, and not all of them', remedy);
  }
  return oneSample(mask);
}

function oneSample({ context, target }: SampleMask): MaskPair {
  return {
    context: { indices: context, shape: [1, context.length] },
    target: { indices: target, shape: [1, target.length] },
  };
}

function requireInside(grid: TokenGrid, box: TokenBox, name: string): void {
  for (const [start, length] of [
    ['time', 'depth'],
    ['top', 'height'],
    ['left', 'width'],
  ] as const) {
    const [from, count, size] = [box[start], box[length], grid[length]];
    if (Number.isInteger(from) && Number.isInteger(count) && from >= 0 && count >= 1 && from + count <= size) continue;
    const expected = `a box inside the grid of ${grid.depth}×${grid.height}×${grid.width} tokens`;
    throw new MaskSettingsError(name, box, expected, `its ${length} reaches from ${from} on over ${count} of ${size}`);
  }
}
