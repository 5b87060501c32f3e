import { fixedPointResize } from '@vjepa/video';
import type { RgbPicture } from '../picture/rgb-picture.js';

/** A square picture at another size, interpolated bilinearly. */
export function resized({ width, height, data }: RgbPicture, side: number): RgbPicture {
  if (width === side && height === side) return { width, height, data };
  const resizedFrames = fixedPointResize({ data, frames: 1, width, height }, { width: side, height: side });
  return { width: side, height: side, data: resizedFrames.data };
}
