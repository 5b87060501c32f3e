import { fixedPointResize } from '@vjepa/video';
import type { RgbPicture } from './rgb-picture.js';

/** A picture as a square of `side` pixels, interpolated bilinearly. */
export function resizedPicture({ width, height, data }: RgbPicture, side: number): RgbPicture {
  if (width === side && height === side) return { width, height, data };
  const resizedFrames = fixedPointResize({ data, frames: 1, width, height }, { width: side, height: side });
  return { width: side, height: side, data: resizedFrames.data };
}
