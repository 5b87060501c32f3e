import type { RgbFrames } from '../rgb-frames.js';
import { type RandomSource, randomStreams } from '../sampling/random-streams.js';
import type { ClipBuffer } from './clip-buffer.js';
import { type CropBox, movingBoxes, randomCropBox } from './crop-box.js';
import { cropResize } from './crop-resize.js';
import { imagenetNormalization, type Normalization } from './normalization.js';
import { type RandAugmentSettings, randAugment } from './rand-augment.js';
import { randomErasing } from './random-erasing.js';

/** Size and random crop of clips that an encoder is pretrained on. */
export interface PretrainingTransformSettings {
  /** S, the side of the square clip in pixels. */
  size: number;
  /** Smallest and largest area of the crop. Default 0.3 to 1. */
  scale?: readonly [number, number] | undefined;
  /** Smallest and largest width / height of the crop. Default 0.75 to 1.35. */
  aspectRatio?: readonly [number, number] | undefined;
  /** Chance of a left-right mirror image. Default 0.5. */
  flipProbability?: number | undefined;
  /** Let the crop move evenly between two boxes over the clip. Default false. */
  motionShift?: boolean | undefined;
  /** RandAugment of the whole clip before the crop, or false. Default false. */
  randAugment?: RandAugmentSettings | false | undefined;
  /** Chance of random erasing. Default 0. */
  erasingProbability?: number | undefined;
  /** For `Float32Array` outputs. Default: ImageNet's. */
  normalization?: Normalization | undefined;
}

/**
 * The pretraining transform of V-JEPA (section 4.2 and appendix of the paper): one random resized crop for the whole
 * clip, resized without antialiasing, then a mirror image with chance 1/2. RandAugment and random erasing are the
 * reference's options; its recipes leave both off.
 *
 * @param random draws the box from its Python stream and the flip from its NumPy stream, as the reference does
 * @param output receives the clip: `[T, S, S, 3]` bytes (rounded) or `[3, T, S, S]` normalised floats
 */
export function pretrainingTransform<Output extends ClipBuffer>(
  frames: RgbFrames,
  settings: PretrainingTransformSettings,
  random: RandomSource,
  output: Output,
): Output {
  const { size, normalization = imagenetNormalization } = settings;
  const { randAugment: augmentation = false, erasingProbability = 0 } = settings;
  const streams = randomStreams(random);
  const augmented = augmentation === false ? frames : randAugment(frames, augmentation, streams);
  const { boxes, flip } = pretrainingCrop(augmented, settings, streams);
  cropResize(augmented, boxes, size, output, { flip, normalization });
  const shape = { frames: frames.frames, size };
  randomErasing(output, shape, { probability: erasingProbability, normalization }, streams);
  return output;
}

/** What the transform cuts out of a clip of this shape: one box for all frames or one per frame, and the mirroring. */
export function pretrainingCrop(
  shape: Omit<RgbFrames, 'data'>,
  settings: PretrainingTransformSettings,
  random: RandomSource,
): { boxes: CropBox[]; flip: boolean } {
  const streams = randomStreams(random);
  const boxes = clipBoxes(shape, settings, streams);
  return { boxes, flip: streams.numpy.double() < (settings.flipProbability ?? 0.5) };
}

function clipBoxes(
  frames: Omit<RgbFrames, 'data'>,
  settings: PretrainingTransformSettings,
  random: RandomSource,
): CropBox[] {
  const { scale = [0.3, 1], aspectRatio = [0.75, 1.35], motionShift = false } = settings;
  const first = randomCropBox({ scale, aspectRatio }, frames, random);
  if (!motionShift) return [first];
  return movingBoxes(first, randomCropBox({ scale, aspectRatio }, frames, random), frames.frames);
}
