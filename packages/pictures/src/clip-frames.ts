import { resizedPicture } from './resized-picture.js';
import type { RgbPicture } from './rgb-picture.js';

/**
 * One clip of a batch as pictures, the first frame of each tubelet.
 *
 * @param clips [B, T, S, S, 3], values 0..255
 * @param side of the pictures, in pixels; default: S
 */
export function clipFrames(
  { clips, shape }: { clips: Uint8Array | Float32Array; shape: readonly number[] },
  sample: number,
  tubeletSize: number,
  side?: number,
): RgbPicture[] {
  const [, frames, height, width] = shape as [number, number, number, number, number];
  const size = height * width * 3;
  return Array.from({ length: Math.floor(frames / tubeletSize) }, (_, t) => {
    const start = (sample * frames + t * tubeletSize) * size;
    const picture = { width, height, data: Uint8Array.from(clips.subarray(start, start + size)) };
    return side === undefined ? picture : resizedPicture(picture, side);
  });
}
