import type { RgbFrames } from '../rgb-frames.js';
import { type CropBox, requireBoxInside } from './crop-box.js';

/** The box's part of every frame, pixels unchanged. */
export function cropFrames(frames: RgbFrames, box: CropBox): RgbFrames {
  requireBoxInside(box, frames);
  const rowLength = box.width * 3;
  const data = new Uint8Array(frames.frames * box.height * rowLength);
  for (let t = 0, to = 0; t < frames.frames; t++) {
    for (let y = box.top; y < box.top + box.height; y++, to += rowLength) {
      const from = ((t * frames.height + y) * frames.width + box.left) * 3;
      data.set(frames.data.subarray(from, from + rowLength), to);
    }
  }
  return { data, frames: frames.frames, height: box.height, width: box.width };
}

/** Every frame's mirror image, left to right. */
export function mirrorFrames(frames: RgbFrames): RgbFrames {
  const data = new Uint8Array(frames.data.length);
  const rowLength = frames.width * 3;
  for (let start = 0; start < data.length; start += rowLength) {
    for (let x = 0, from = start + rowLength - 3; x < rowLength; x += 3, from -= 3) {
      data[start + x] = frames.data[from]!;
      data[start + x + 1] = frames.data[from + 1]!;
      data[start + x + 2] = frames.data[from + 2]!;
    }
  }
  return { ...frames, data };
}
