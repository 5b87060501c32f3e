import { type RandomSource, randomStreams } from '../sampling/random-streams.js';
import { type ClipBuffer, requireClipLength } from './clip-buffer.js';
import type { CropBox } from './crop-box.js';
import { imagenetNormalization, type Normalization } from './normalization.js';
import { roundHalfToEven } from './round-half-to-even.js';

/** How often {@link randomErasing} erases, and how much. */
export interface RandomErasingSettings {
  /** Chance that a clip loses a box. */
  probability: number;
  /** Attempts to draw a box smaller than the clip; then nothing is erased. Default 100, the reference's for clips. */
  attempts?: number | undefined;
  /** The clip's normalisation, in whose units the noise has variance 1. Default: ImageNet's. */
  normalization?: Normalization | undefined;
}

const AREA_SHARE = [0.02, 1 / 3] as const;
const LOG_ASPECT_RATIO = [Math.log(0.3), Math.log(1 / 0.3)] as const;

/**
 * Random erasing (Zhong et al. 2020) in place: with some chance one box, the same in every frame, is replaced by
 * noise, independent for every frame, pixel and channel and standard normal after normalisation. In a clip of bytes
 * the noise is brought back to 0..255, rounded and clamped.
 *
 * @param random draws the box from its Python stream and the noise from its PyTorch stream
 */
export function randomErasing(
  clip: ClipBuffer,
  { frames, size }: { frames: number; size: number },
  { probability, attempts = 100, normalization = imagenetNormalization }: RandomErasingSettings,
  random: RandomSource,
): void {
  requireClipLength(clip, frames, size);
  const { python, torch } = randomStreams(random);
  if (probability <= 0 || python.double() > probability) return;
  const box = erasedBox(size, attempts, random);
  if (box === undefined) return;
  const erase = clip instanceof Uint8Array ? eraseBytes(clip, size, normalization) : eraseFloats(clip, frames, size);
  const noise = new Float32Array(3 * box.height * box.width);
  for (let t = 0; t < frames; t++) erase(t, box, torch.fillNormal(noise));
}

function erasedBox(size: number, attempts: number, random: RandomSource): CropBox | undefined {
  const { python } = randomStreams(random);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const area = python.uniform(...AREA_SHARE) * size * size;
    const aspectRatio = Math.exp(python.uniform(...LOG_ASPECT_RATIO));
    const height = roundHalfToEven(Math.sqrt(area * aspectRatio));
    const width = roundHalfToEven(Math.sqrt(area / aspectRatio));
    if (height >= size || width >= size) continue;
    const top = python.integer(0, size - height);
    const left = python.integer(0, size - width);
    return { top, left, height, width };
  }
  return undefined;
}

/** Puts noise `[3, h, w]` into the box of one frame. */
type Eraser = (frame: number, box: CropBox, noise: Float32Array) => void;

function eraseFloats(clip: Float32Array, frames: number, size: number): Eraser {
  return (frame, { top, left, height, width }, noise) => {
    for (let c = 0, from = 0; c < 3; c++) {
      for (let y = top; y < top + height; y++, from += width) {
        clip.set(noise.subarray(from, from + width), ((c * frames + frame) * size + y) * size + left);
      }
    }
  };
}

function eraseBytes(clip: Uint8Array, size: number, { mean, std }: Normalization): Eraser {
  return (frame, { top, left, height, width }, noise) => {
    for (let c = 0, from = 0; c < 3; c++) {
      for (let y = top; y < top + height; y++) {
        const to = ((frame * size + y) * size + left) * 3 + c;
        for (let x = 0; x < width; x++, from++) {
          const value = Math.round(noise[from]! * std[c]! + mean[c]!);
          clip[to + 3 * x] = Math.min(Math.max(value, 0), 255);
        }
      }
    }
  };
}
