import { enlarged } from './enlarged.js';
import { foreground } from './foreground.js';
import { principalComponents, projectRows } from './principal-components.js';
import { createPicture, type RgbPicture } from './rgb-picture.js';
import { stretch } from './stretch.js';

/** Features of all patches of a video. */
export interface VideoPatchFeatures {
  /** [T, H, W, D], time slowest. */
  features: Float32Array;
  /** T, H and W. */
  grid: { depth: number; height: number; width: number };
}

/** Rows that a basis is fitted to, at most: enough for three directions, few enough to take seconds. */
const MOST_ROWS = 4096;

/**
 * Patch features of a whole video as colours that stay the same over time: one basis is fitted for all of it. Patches
 * are divided by their first principal component into foreground and background, which is black; of the foreground the
 * first three components among themselves are red, green and blue, each from its 1st to its 99th percentile (as in DINOv2, Oquab et al.
 * 2023, figure 1).
 *
 * @param patchPixels side of a patch in pixels
 * @param options.background whether it has colours, too: then all patches count as foreground. Default false
 * @returns a picture for each time step, the share (0..1) of patches that are foreground, and that of its variance that each colour holds
 * @throws RangeError for features of fewer than three numbers, or fewer than three patches
 */
export function densePictures(
  { features, grid: { depth, height, width } }: VideoPatchFeatures,
  patchPixels: number,
  { background = false }: { background?: boolean | undefined } = {},
): { pictures: RgbPicture[]; foreground: number; explained: number[] } {
  const tokens = depth * height * width;
  const D = features.length / tokens;
  const all = Array.from({ length: tokens }, (_, token) => token);
  const shown = background ? new Uint8Array(tokens).fill(1) : foregroundOf(features, all, { height, width });
  const inside = all.filter((token) => shown[token] === 1);
  // What is hardly there has no three colours.
  const basisOf = inside.length >= 3 ? inside : all;
  const basis = principalComponents(rowsOf(features, sampled(basisOf), D), D, 3);
  const coordinates = projectRows(features, basis);
  const stretches = [0, 1, 2].map((c) => stretch(basisOf.map((token) => coordinates[token * 3 + c]!)));
  const pictures = Array.from({ length: depth }, (_, t) => {
    const colors = createPicture(width, height, [0, 0, 0]);
    for (let i = 0; i < height * width; i++) {
      const token = t * height * width + i;
      if (shown[token] === 0) continue;
      for (let c = 0; c < 3; c++) colors.data[i * 3 + c] = stretches[c]!(coordinates[token * 3 + c]!);
    }
    return enlarged(colors, patchPixels);
  });
  return { pictures, foreground: inside.length / tokens, explained: basis.explained };
}

/** 1 for tokens of the foreground. */
function foregroundOf(
  features: Float32Array,
  all: readonly number[],
  size: { height: number; width: number },
): Uint8Array {
  const D = features.length / all.length;
  return foreground(projectRows(features, principalComponents(rowsOf(features, sampled(all), D), D, 1)), size);
}

/** At most `MOST_ROWS` of the tokens, at equal distances. */
function sampled(tokens: readonly number[]): number[] {
  const count = Math.min(MOST_ROWS, tokens.length);
  return Array.from({ length: count }, (_, i) => tokens[Math.floor(((i + 0.5) * tokens.length) / count)]!);
}

function rowsOf(features: Float32Array, tokens: readonly number[], D: number): Float32Array {
  const rows = new Float32Array(tokens.length * D);
  for (const [i, token] of tokens.entries()) rows.set(features.subarray(token * D, (token + 1) * D), i * D);
  return rows;
}
