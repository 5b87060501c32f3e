import { type RandomSource, randomStreams } from '../sampling/random-streams.js';
import { roundHalfToEven } from './round-half-to-even.js';

/** A rectangle of pixels: rows top..top + height - 1, columns left..left + width - 1. */
export interface CropBox {
  top: number;
  left: number;
  height: number;
  width: number;
}

/** Range of area and ratio of a random crop. */
export interface RandomCropSettings {
  /** Smallest and largest area of the box, as a share of the picture's. */
  scale: readonly [number, number];
  /** Smallest and largest width / height of the box; its logarithm is uniform. */
  aspectRatio: readonly [number, number];
}

const ATTEMPTS = 10;

/**
 * The box of a random resized crop (Szegedy et al. 2015) in a picture of `height` by `width`. Ten attempts to fit a
 * box of the drawn area and aspect ratio, then the largest centred box of an allowed ratio.
 *
 * @param switchDraw consume one draw per attempt that decides nothing, as the reference's video transform does.
 * Default true.
 */
export function randomCropBox(
  { scale, aspectRatio }: RandomCropSettings,
  { height, width }: { height: number; width: number },
  random: RandomSource,
  { switchDraw = true }: { switchDraw?: boolean } = {},
): CropBox {
  const { numpy, python } = randomStreams(random);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = python.uniform(scale[0], scale[1]) * height * width;
    const ratio = Math.exp(python.uniform(Math.log(aspectRatio[0]), Math.log(aspectRatio[1])));
    const boxWidth = roundHalfToEven(Math.sqrt(area * ratio));
    const boxHeight = roundHalfToEven(Math.sqrt(area / ratio));
    if (switchDraw) numpy.double();
    if (boxWidth > 0 && boxWidth <= width && boxHeight > 0 && boxHeight <= height) {
      const top = python.integer(0, height - boxHeight);
      const left = python.integer(0, width - boxWidth);
      return { top, left, height: boxHeight, width: boxWidth };
    }
  }
  return largestCenteredBox(aspectRatio, height, width);
}

function largestCenteredBox([narrowest, widest]: readonly [number, number], height: number, width: number): CropBox {
  const ratio = width / height;
  const boxHeight = ratio < narrowest ? Math.min(height, roundHalfToEven(width / narrowest)) : height;
  const boxWidth = ratio > widest ? Math.min(width, roundHalfToEven(height * widest)) : width;
  return {
    top: Math.floor((height - boxHeight) / 2),
    left: Math.floor((width - boxWidth) / 2),
    height: boxHeight,
    width: boxWidth,
  };
}

/** One box per frame, moving evenly from the first box to the last ("motion shift"); coordinates are truncated. */
export function movingBoxes(first: CropBox, last: CropBox, frames: number): CropBox[] {
  const between = (from: number, to: number, t: number) =>
    Math.trunc(frames === 1 ? from : from + ((to - from) * t) / (frames - 1));
  return Array.from({ length: frames }, (_, t) => ({
    top: between(first.top, last.top, t),
    left: between(first.left, last.left, t),
    height: between(first.height, last.height, t),
    width: between(first.width, last.width, t),
  }));
}

/** Throws a RangeError unless the box lies inside the picture and holds a pixel. */
export function requireBoxInside(box: CropBox, { height, width }: { height: number; width: number }): void {
  const inside =
    box.top >= 0 &&
    box.left >= 0 &&
    box.height > 0 &&
    box.width > 0 &&
    box.top + box.height <= height &&
    box.left + box.width <= width;
  if (!inside) {
    throw new RangeError(
      `the crop box (top ${box.top}, left ${box.left}, ${box.height}x${box.width}) reaches outside the ` +
        `${height}x${width} frame`,
    );
  }
}
