import type { TokenGrid } from '@vjepa/masks';
import { enlarged } from './enlarged.js';
import { principalComponents } from './principal-components.js';
import { createPicture, type RgbPicture } from './rgb-picture.js';
import { stretch } from './stretch.js';

/**
 * Patch features as colours: the first three principal components over all tokens of the clip are red, green and blue,
 * each stretched from its 1st to its 99th percentile. One picture per time step, `patchPixels` to a patch, in which
 * patches with like features have like colours.
 *
 * @param features [N, D], tokens by time, row and column
 * @returns the pictures, and the share (0..1) of the features' variance that each component holds
 * @throws RangeError for features of fewer than three numbers, or clips of fewer than three tokens
 */
export function featurePictures(
  features: Float32Array,
  grid: TokenGrid,
  patchPixels: number,
): { pictures: RgbPicture[]; explained: number[] } {
  const { depth, height, width } = grid;
  const tokens = depth * height * width;
  const { projections, explained } = principalComponents(features, features.length / tokens, 3);
  const stretches = [0, 1, 2].map((c) => stretch(projections.filter((_, i) => i % 3 === c)));
  const pictures = Array.from({ length: depth }, (_, t) => {
    const colors = createPicture(width, height, [0, 0, 0]);
    for (let i = 0; i < height * width; i++) {
      const token = t * height * width + i;
      for (let c = 0; c < 3; c++) colors.data[i * 3 + c] = stretches[c]!(projections[token * 3 + c]!);
    }
    return enlarged(colors, patchPixels);
  });
  return { pictures, explained };
}
