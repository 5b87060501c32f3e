import type { PythonRandom } from '@vjepa/random';
import type { RgbFrames } from '../rgb-frames.js';
import { type RandomSource, randomStreams } from '../sampling/random-streams.js';
import { type FillColor, rotate, shearX, shearY, translateX, translateY } from './affine.js';
import { adjustBrightness, adjustColor, adjustContrast, adjustSharpness } from './enhance.js';
import { autoContrast, equalize } from './histogram-curves.js';
import { invert, posterize, solarize, solarizeAdd } from './tone-curves.js';

/** How many operations {@link randAugment} applies, and how strongly. */
export interface RandAugmentSettings {
  /** Operations drawn per clip, with replacement. Default 4. */
  operations?: number | undefined;
  /** Mean magnitude, on a scale of 0 to 10. Default 7. */
  magnitude?: number | undefined;
  /** Standard deviation of the magnitude. Default 0.5. */
  magnitudeDeviation?: number | undefined;
  /** Chance of each drawn operation to be applied. Default 0.5. */
  probability?: number | undefined;
  /** Colour of what moves into the picture from outside. Default middle grey. */
  fill?: FillColor | undefined;
}

/** One operation at magnitude `level`, 0 to 10; `sign` draws +1 or -1. */
type LevelledOperation = (frames: RgbFrames, level: number, sign: () => number, fill: FillColor) => RgbFrames;

const enhanceFactor = (level: number, sign: () => number) => 1 + sign() * ((level / 10) * 0.9);

/** The operations in the order in which they are numbered for the draw; magnitudes all grow with the level. */
const operationTable: readonly (readonly [name: string, operation: LevelledOperation])[] = [
  ['AutoContrast', (frames) => autoContrast(frames)],
  ['Equalize', (frames) => equalize(frames)],
  ['Invert', (frames) => invert(frames)],
  ['Rotate', (frames, level, sign, fill) => rotate(frames, sign() * ((level / 10) * 30), fill)],
  ['Posterize', (frames, level) => posterize(frames, 4 - Math.trunc((level / 10) * 4))],
  ['Solarize', (frames, level) => solarize(frames, 256 - Math.trunc((level / 10) * 256))],
  ['SolarizeAdd', (frames, level) => solarizeAdd(frames, Math.trunc((level / 10) * 110))],
  ['Color', (frames, level, sign) => adjustColor(frames, enhanceFactor(level, sign))],
  ['Contrast', (frames, level, sign) => adjustContrast(frames, enhanceFactor(level, sign))],
  ['Brightness', (frames, level, sign) => adjustBrightness(frames, enhanceFactor(level, sign))],
  ['Sharpness', (frames, level, sign) => adjustSharpness(frames, enhanceFactor(level, sign))],
  ['ShearX', (frames, level, sign, fill) => shearX(frames, sign() * ((level / 10) * 0.3), fill)],
  ['ShearY', (frames, level, sign, fill) => shearY(frames, sign() * ((level / 10) * 0.3), fill)],
  ['TranslateX', (frames, level, sign, fill) => translateX(frames, sign() * ((level / 10) * 0.45), fill)],
  ['TranslateY', (frames, level, sign, fill) => translateY(frames, sign() * ((level / 10) * 0.45), fill)],
];

/** Names of RandAugment's operations, in the order of their numbers. */
export const randAugmentOperations: readonly string[] = operationTable.map(([name]) => name);

/**
 * RandAugment (Cubuk et al. 2020) on a clip, in the form of the reference's evaluations ("rand-m7-n4-mstd0.5-inc1"):
 * every operation, its magnitude and its sign are the same for all frames. Pixel operations equal Pillow's.
 *
 * @param random draws which operations from its NumPy stream; whether, how strongly and which way from its Python one
 * @returns new frames, or the given ones where no operation is applied
 */
export function randAugment(frames: RgbFrames, settings: RandAugmentSettings, random: RandomSource): RgbFrames {
  const {
    operations = 4,
    magnitude = 7,
    magnitudeDeviation = 0.5,
    probability = 0.5,
    fill = [128, 128, 128],
  } = settings;
  const { numpy, python } = randomStreams(random);
  const chosen = Array.from({ length: operations }, () => numpy.integer(0, operationTable.length));
  let result = frames;
  for (const index of chosen) {
    if (probability < 1 && python.double() > probability) continue;
    const drawn = magnitudeDeviation > 0 ? python.normal(magnitude, magnitudeDeviation) : magnitude;
    const level = Math.min(10, Math.max(0, drawn));
    result = operationTable[index]![1](result, level, randomSign(python), fill);
  }
  return result;
}

/** Draws the sign of an operation: -1 or +1 with equal chance. */
export function randomSign(python: PythonRandom): () => number {
  return () => (python.double() > 0.5 ? -1 : 1);
}
