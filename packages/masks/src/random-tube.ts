import { NumpyRandom, type RandomGenerator } from '@vjepa/random';
import { MaskSettingsError } from './mask-settings-error.js';
import { type SampleMask, splitTokens } from './sample-mask.js';
import type { TokenGrid } from './token-grid.js';

/** Random-tube masking: the same random patches are hidden in every time step (the paper's ablation, ratio 0.9). */
export interface RandomTubeSettings {
  /** Fraction of the patches that is hidden, in (0, 1). */
  ratio: number;
}

/** Patches of each time step that stay visible. */
function keptPatches(grid: TokenGrid, { ratio }: RandomTubeSettings): number {
  return Math.trunc(grid.height * grid.width * (1 - ratio));
}

/** @throws MaskSettingsError when the ratio is not in (0, 1) or leaves no patch visible or none hidden */
export function validateRandomTube(grid: TokenGrid, settings: RandomTubeSettings, name: string): void {
  const patches = grid.height * grid.width;
  const field = `${name}.ratio`;
  if (!(settings.ratio > 0 && settings.ratio < 1)) {
    throw new MaskSettingsError(field, settings.ratio, 'a number in (0, 1)', 'the paper uses 0.9');
  }
  const kept = keptPatches(grid, settings);
  if (kept < 1 || kept >= patches) {
    throw new MaskSettingsError(
      field,
      settings.ratio,
      `a ratio that leaves 1 to ${patches - 1} of ${patches} patches visible`,
      `this one leaves ${kept}; ${kept < 1 ? 'lower' : 'raise'} it`,
    );
  }
}

/** Draws a mask for each sample by numpy's legacy shuffle of one time step's patches. */
export function sampleRandomTube(
  grid: TokenGrid,
  settings: RandomTubeSettings,
  samples: number,
  random: RandomGenerator,
): SampleMask[] {
  const patches = grid.height * grid.width;
  const numpy = new NumpyRandom(random);
  return Array.from({ length: samples }, () => {
    const visible = new Uint8Array(patches).fill(1, patches - keptPatches(grid, settings));
    numpy.shuffle(visible);
    const keep = new Uint8Array(grid.depth * patches);
    for (let t = 0; t < grid.depth; t++) keep.set(visible, t * patches);
    return splitTokens(keep);
  });
}
