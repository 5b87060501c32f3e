import { type RandomGenerator, TorchRandom } from '@vjepa/random';
import { type BlockSize, blockSize } from './block-size.js';
import { MaskSettingsError } from './mask-settings-error.js';
import { contextSteps, type MultiBlockSettings } from './multi-block-settings.js';
import { type SampleMask, splitTokens } from './sample-mask.js';
import { type TokenGrid, tokenCount } from './token-grid.js';

/** Tries per sample before a setting counts as impossible. Usual settings need one, rarely two. */
const MAX_ATTEMPTS = 10_000;

interface MultiBlockRequest {
  grid: TokenGrid;
  settings: MultiBlockSettings;
  /** How errors call the settings. */
  name: string;
  samples: number;
  call: number;
  random: RandomGenerator;
}

/**
 * Draws a mask for each sample: blocks of the call's size at places from `random`, all over again for a sample whose
 * context came out empty.
 *
 * @throws MaskSettingsError when 10,000 tries leave no context
 */
export function sampleMultiBlock({ grid, settings, name, samples, call, random }: MultiBlockRequest): SampleMask[] {
  const size = blockSize(grid, settings, call);
  const steps = contextSteps(grid, settings);
  return Array.from({ length: samples }, () => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const mask = splitTokens(removeBlocks(grid, size, settings.numBlocks, steps, random));
      if (mask.context.length > 0) return mask;
    }
    throw new MaskSettingsError(
      `${name}.numBlocks`,
      settings.numBlocks,
      `blocks that leave some of the first ${steps} time steps uncovered`,
      `${MAX_ATTEMPTS} tries with blocks of ${size.depth}×${size.height}×${size.width} on a grid of ` +
        `${grid.depth}×${grid.height}×${grid.width} left no context; use fewer or smaller blocks`,
    );
  });
}

/** The kept tokens of one attempt, 1 or 0 each. Draws per block: top, left, first time step. */
function removeBlocks(
  grid: TokenGrid,
  size: BlockSize,
  numBlocks: number,
  contextDepth: number,
  random: RandomGenerator,
): Uint8Array {
  const torch = new TorchRandom(random);
  const plane = grid.height * grid.width;
  const keep = new Uint8Array(tokenCount(grid)).fill(1);
  for (let block = 0; block < numBlocks; block++) {
    const top = torch.integer(0, grid.height - size.height + 1);
    const left = torch.integer(0, grid.width - size.width + 1);
    const start = torch.integer(0, grid.depth - size.depth + 1);
    for (let t = start; t < start + size.depth; t++) {
      for (let y = top; y < top + size.height; y++) {
        const row = t * plane + y * grid.width + left;
        keep.fill(0, row, row + size.width);
      }
    }
  }
  // What the causal variant hides from the context becomes target.
  return keep.fill(0, contextDepth * plane);
}
