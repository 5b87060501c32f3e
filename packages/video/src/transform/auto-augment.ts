import type { RgbFrames } from '../rgb-frames.js';
import { type RandomSource, randomStreams } from '../sampling/random-streams.js';
import { type FillColor, rotate, shearX } from './affine.js';
import { adjustColor, adjustContrast, adjustSharpness } from './enhance.js';
import { autoContrast, equalize } from './histogram-curves.js';
import { randomSign } from './rand-augment.js';
import { invert, posterize, solarize } from './tone-curves.js';

type PolicyOperation = (frames: RgbFrames, level: number, sign: () => number, fill: FillColor) => RgbFrames;

const enhanceFactor = (level: number) => (level / 10) * 1.8 + 0.1;

const operations = {
  AutoContrast: (frames) => autoContrast(frames),
  Equalize: (frames) => equalize(frames),
  Invert: (frames) => invert(frames),
  Rotate: (frames, level, sign, fill) => rotate(frames, sign() * ((level / 10) * 30), fill),
  Posterize: (frames, level) => posterize(frames, Math.trunc((level / 10) * 4) + 4),
  Solarize: (frames, level) => solarize(frames, Math.trunc((level / 10) * 256)),
  Color: (frames, level) => adjustColor(frames, enhanceFactor(level)),
  Contrast: (frames, level) => adjustContrast(frames, enhanceFactor(level)),
  Sharpness: (frames, level) => adjustSharpness(frames, enhanceFactor(level)),
  ShearX: (frames, level, sign, fill) => shearX(frames, sign() * ((level / 10) * 0.3), fill),
} satisfies Record<string, PolicyOperation>;

type Step = readonly [operation: keyof typeof operations, probability: number, level: number];

/** The policy found on ImageNet (Cubuk et al. 2019, table 9): 25 pairs of operations, five of them twice. */
// biome-ignore format: one pair per line
export const IMAGENET_POLICY: readonly (readonly [Step, Step])[] = [
  [['Posterize', 0.4, 8], ['Rotate', 0.6, 9]],
  [['Solarize', 0.6, 5], ['AutoContrast', 0.6, 5]],
  [['Equalize', 0.8, 8], ['Equalize', 0.6, 3]],
  [['Posterize', 0.6, 7], ['Posterize', 0.6, 6]],
  [['Equalize', 0.4, 7], ['Solarize', 0.2, 4]],
  [['Equalize', 0.4, 4], ['Rotate', 0.8, 8]],
  [['Solarize', 0.6, 3], ['Equalize', 0.6, 7]],
  [['Posterize', 0.8, 5], ['Equalize', 1, 2]],
  [['Rotate', 0.2, 3], ['Solarize', 0.6, 8]],
  [['Equalize', 0.6, 8], ['Posterize', 0.4, 6]],
  [['Rotate', 0.8, 8], ['Color', 0.4, 0]],
  [['Rotate', 0.4, 9], ['Equalize', 0.6, 2]],
  [['Equalize', 0, 7], ['Equalize', 0.8, 8]],
  [['Invert', 0.6, 4], ['Equalize', 1, 8]],
  [['Color', 0.6, 4], ['Contrast', 1, 8]],
  [['Rotate', 0.8, 8], ['Color', 1, 2]],
  [['Color', 0.8, 8], ['Solarize', 0.8, 7]],
  [['Sharpness', 0.4, 7], ['Invert', 0.6, 8]],
  [['ShearX', 0.6, 5], ['Equalize', 1, 9]],
  [['Color', 0.4, 0], ['Equalize', 0.6, 3]],
  [['Equalize', 0.4, 7], ['Solarize', 0.2, 4]],
  [['Solarize', 0.6, 5], ['AutoContrast', 0.6, 5]],
  [['Invert', 0.6, 4], ['Equalize', 1, 8]],
  [['Color', 0.6, 4], ['Contrast', 1, 8]],
  [['Equalize', 0.8, 8], ['Equalize', 0.6, 3]],
];

/** ImageNet's mean colour. */
const DEFAULT_FILL: FillColor = [124, 116, 104];

/**
 * AutoAugment with the policy found on ImageNet, as the reference trains its image probes: one pair of operations,
 * each applied with its own chance. Pixel operations equal Pillow's.
 *
 * @param random draws everything from its Python stream
 * @returns new frames, or the given ones where no operation is applied
 */
export function autoAugment(frames: RgbFrames, random: RandomSource, fill: FillColor = DEFAULT_FILL): RgbFrames {
  const { python } = randomStreams(random);
  let result = frames;
  for (const [name, probability, level] of python.choice(IMAGENET_POLICY)) {
    if (probability < 1 && python.double() > probability) continue;
    result = (operations[name] as PolicyOperation)(result, level, randomSign(python), fill);
  }
  return result;
}
