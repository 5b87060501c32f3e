import { type RandomGenerator, uniform, uniformInteger } from '@vjepa/random';
import { type CropBox, fixedPointResize, imagenetNormalization, type Sides } from '@vjepa/video';
import type { DensePicture, PixelTargets } from './dense-set.js';

/** Where in a resized picture a crop lies. */
export interface DenseCrop {
  /** Of the whole picture, resized. */
  resized: Sides;
  /** May be negative where the picture is smaller than the crop: then it begins there. */
  top: number;
  left: number;
  mirrored: boolean;
}

/** A crop as an encoder and a loss take it. */
export interface DenseSample {
  /** RGB 0..255, [H, W, 3]. */
  pixels: Uint8Array;
  /** [ceil(H / s), ceil(W / s)] for a stride s. */
  targets: Float32Array;
}

/** The size of a picture that covers another with one side equal, times a factor; sides rounded. */
export function covering(picture: Sides, size: Sides, factor = 1): Sides {
  const scale = factor * Math.max(size.height / picture.height, size.width / picture.width);
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return { height: side(picture.height), width: side(picture.width) };
}

/** The centre of a picture that just covers the crop. */
export function centreCrop(picture: Sides, size: Sides): DenseCrop {
  const resized = covering(picture, size);
  const [top, left] = [(resized.height - size.height) / 2, (resized.width - size.width) / 2].map(Math.floor);
  return { resized, top: top!, left: left!, mirrored: false };
}

/** A crop at a random place of a picture that covers it times a random factor; a half of them are mirrored. */
export function randomCrop(
  picture: Sides,
  size: Sides,
  [least, most]: readonly [number, number],
  random: RandomGenerator,
): DenseCrop {
  const resized = covering(picture, size, uniform(random, least, most));
  const place = (rest: number) => Math.sign(rest) * uniformInteger(random, Math.abs(rest) + 1);
  const [top, left] = [place(resized.height - size.height), place(resized.width - size.width)];
  return { resized, top, left, mirrored: uniformInteger(random, 2) === 1 };
}

/**
 * Cuts a crop out of a picture and its targets: pixels are interpolated, targets are those of the nearest pixel. Beyond the
 * picture there is the mean colour, which does not count.
 */
export function cutOut(
  { picture, targets }: DensePicture,
  crop: DenseCrop,
  size: Sides,
  { ignored, stride = 1 }: { ignored: number; stride?: number | undefined },
): DenseSample {
  const pixels = new Uint8Array(size.height * size.width * 3);
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.round(imagenetNormalization.mean[i % 3]!);
  const window = visible(crop, size);
  if (window.height > 0 && window.width > 0) {
    const seen = fixedPointResize(picture, crop.resized, window).data;
    const [top, left] = [window.top - crop.top, window.left - crop.left];
    for (let y = 0; y < window.height; y++) {
      const row = seen.subarray(y * window.width * 3, (y + 1) * window.width * 3);
      pixels.set(row, ((top + y) * size.width + left) * 3);
    }
  }
  if (crop.mirrored) mirror(pixels, size);
  return { pixels, targets: targetsOf(targets, crop, size, { ignored, stride }) };
}

/** The part of a resized picture that lies in the crop. */
function visible({ resized, top, left }: DenseCrop, size: Sides): CropBox {
  const [y, x] = [Math.max(0, top), Math.max(0, left)];
  return {
    ...{ top: y, left: x },
    height: Math.min(resized.height, top + size.height) - y,
    width: Math.min(resized.width, left + size.width) - x,
  };
}

function mirror(pixels: Uint8Array, { height, width }: Sides): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width >> 1; x++) {
      const [a, b] = [(y * width + x) * 3, (y * width + width - 1 - x) * 3];
      for (let c = 0; c < 3; c++) [pixels[a + c], pixels[b + c]] = [pixels[b + c]!, pixels[a + c]!];
    }
  }
}

function targetsOf(
  { height, width, values }: PixelTargets,
  { resized, top, left, mirrored }: DenseCrop,
  size: Sides,
  { ignored, stride }: { ignored: number; stride: number },
): Float32Array {
  const [rows, columns] = [Math.ceil(size.height / stride), Math.ceil(size.width / stride)];
  const out = new Float32Array(rows * columns);
  const source = (at: number, whole: number, length: number) => {
    return at < 0 || at >= whole ? -1 : Math.min(length - 1, Math.floor((at * length) / whole));
  };
  for (let i = 0; i < out.length; i++) {
    // The middle of a cell, in the crop.
    const y = ((Math.floor(i / columns) + 0.5) * size.height) / rows;
    const x = (((i % columns) + 0.5) * size.width) / columns;
    const row = source(top + y, resized.height, height);
    const column = source(left + (mirrored ? size.width - x : x), resized.width, width);
    out[i] = row < 0 || column < 0 ? ignored : values[row * width + column]!;
  }
  return out;
}
