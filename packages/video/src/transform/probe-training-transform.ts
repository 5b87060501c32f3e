import type { RgbFrames } from '../rgb-frames.js';
import { type RandomSource, randomStreams } from '../sampling/random-streams.js';
import type { ClipBuffer } from './clip-buffer.js';
import { randomCropBox } from './crop-box.js';
import { cropResize } from './crop-resize.js';
import { imagenetNormalization, type Normalization } from './normalization.js';
import { type RandAugmentSettings, randAugment } from './rand-augment.js';
import { randomErasing } from './random-erasing.js';

/** Size and augmentation of clips that a probe is trained on. */
export interface ProbeTrainingTransformSettings {
  /** S, the side of the square clip in pixels. */
  size: number;
  /** Smallest and largest area of the crop. Default 0.08 to 1. */
  scale?: readonly [number, number] | undefined;
  /** Smallest and largest width / height of the crop. Default 3/4 to 4/3. */
  aspectRatio?: readonly [number, number] | undefined;
  /** RandAugment, or false for none. Default: four operations of magnitude 7. */
  randAugment?: RandAugmentSettings | false | undefined;
  /** Chance of random erasing. Default 0.25. */
  erasingProbability?: number | undefined;
  /** Chance of a left-right mirror image. Default 0: the reference flips no clip when it trains a probe. */
  flipProbability?: number | undefined;
  /** For `Float32Array` outputs. Default: ImageNet's. */
  normalization?: Normalization | undefined;
}

/**
 * The transform of clips a probe is trained on: RandAugment for the whole clip, a random resized crop without
 * antialiasing, random erasing, and no mirror image.
 *
 * @param output receives the clip: `[T, S, S, 3]` bytes (rounded) or `[3, T, S, S]` normalised floats
 */
export function probeTrainingTransform<Output extends ClipBuffer>(
  frames: RgbFrames,
  settings: ProbeTrainingTransformSettings,
  random: RandomSource,
  output: Output,
): Output {
  const { size, scale = [0.08, 1], aspectRatio = [3 / 4, 4 / 3], normalization = imagenetNormalization } = settings;
  const { randAugment: augmentation = {}, erasingProbability = 0.25, flipProbability = 0 } = settings;
  const streams = randomStreams(random);
  const augmented = augmentation === false ? frames : randAugment(frames, augmentation, streams);
  const box = randomCropBox({ scale, aspectRatio }, augmented, streams);
  const flip = flipProbability > 0 && streams.numpy.double() < flipProbability;
  cropResize(augmented, box, size, output, { flip, normalization });
  const shape = { frames: frames.frames, size };
  randomErasing(output, shape, { probability: erasingProbability, normalization }, streams);
  return output;
}
