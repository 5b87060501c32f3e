import type { RgbFrames } from '../rgb-frames.js';
import { type RandomSource, randomStreams } from '../sampling/random-streams.js';
import { antialiasedResize } from './antialiased-resize.js';
import { autoAugment } from './auto-augment.js';
import type { ClipBuffer } from './clip-buffer.js';
import { randomCropBox } from './crop-box.js';
import { cropFrames, mirrorFrames } from './crop-frames.js';
import { centerBox, coveringSize, withMargin } from './evaluation-transform.js';
import type { FrameSize } from './frame-size.js';
import { imagenetNormalization, type Normalization } from './normalization.js';
import { randomErasing } from './random-erasing.js';
import { writeFrames } from './write-frames.js';

/** Size and augmentation of pictures that a probe is trained on. */
export interface ImageTrainingTransformSettings {
  /** S, the side of the square picture in pixels. */
  size: number;
  /** Smallest and largest area of the crop. Default 0.08 to 1. */
  scale?: readonly [number, number] | undefined;
  /** Smallest and largest width / height of the crop. Default 3/4 to 4/3. */
  aspectRatio?: readonly [number, number] | undefined;
  /** Chance of a left-right mirror image. Default 0.5. */
  flipProbability?: number | undefined;
  /** AutoAugment's ImageNet policy. Default true. */
  autoAugment?: boolean | undefined;
  /** Chance of random erasing. Default 0.25. */
  erasingProbability?: number | undefined;
  /** For `Float32Array` outputs. Default: ImageNet's. */
  normalization?: Normalization | undefined;
}

/** Attempts to draw a box to erase from a picture; clips get more. */
const ERASING_ATTEMPTS = 10;

/**
 * The transform of pictures an image probe is trained on: a random resized crop (bicubic, antialiased), a mirror
 * image, AutoAugment, random erasing.
 *
 * @param image one frame; several are all transformed the same way
 * @param random draws the flip from its PyTorch stream, the erased noise too, and everything else from its Python one
 * @param output receives the picture: `[1, S, S, 3]` bytes or `[3, 1, S, S]` normalised floats
 */
export function imageTrainingTransform<Output extends ClipBuffer>(
  image: RgbFrames,
  settings: ImageTrainingTransformSettings,
  random: RandomSource,
  output: Output,
): Output {
  const { size, scale = [0.08, 1], aspectRatio = [3 / 4, 4 / 3], normalization = imagenetNormalization } = settings;
  const { flipProbability = 0.5, autoAugment: augment = true, erasingProbability = 0.25 } = settings;
  const streams = randomStreams(random);
  const box = randomCropBox({ scale, aspectRatio }, image, streams, { switchDraw: false });
  let picture = antialiasedResize(cropFrames(image, box), { height: size, width: size }, 'bicubic');
  if (streams.torch.float() < flipProbability) picture = mirrorFrames(picture);
  if (augment) picture = autoAugment(picture, streams);
  writeFrames(picture, output, normalization);
  const erasing = { probability: erasingProbability, attempts: ERASING_ATTEMPTS, normalization };
  randomErasing(output, { frames: image.frames, size }, erasing, streams);
  return output;
}

/** Size and normalisation of an evaluation’s pictures. */
export interface ImageEvaluationTransformSettings {
  /** S, the side of the square picture in pixels, or height and width. */
  size: FrameSize;
  /** For `Float32Array` outputs. Default: ImageNet's. */
  normalization?: Normalization | undefined;
}

/**
 * The transform of pictures at test time: the short side is resized to S·256/224 (truncated; bilinear, antialiased)
 * and the centre cut out; for a picture of another shape until it covers that.
 *
 * @param output receives the picture: `[1, H, W, 3]` bytes or `[3, 1, H, W]` normalised floats
 */
export function imageEvaluationTransform<Output extends ClipBuffer>(
  image: RgbFrames,
  { size, normalization = imagenetNormalization }: ImageEvaluationTransformSettings,
  output: Output,
): Output {
  const resized = antialiasedResize(image, coveringSize(image, withMargin(size)), 'bilinear');
  writeFrames(cropFrames(resized, centerBox(resized, size)), output, normalization);
  return output;
}
