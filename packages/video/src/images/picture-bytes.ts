import type { RgbFrames } from '../rgb-frames.js';

/** Pixels in a picture beyond which its header is not believed: as many as sharp takes. */
const MAX_PIXELS = 0x3fff * 0x3fff;

/** A picture of one frame, to be filled. @throws Error when there is no such size */
export function emptyPicture(width: number, height: number): RgbFrames {
  if (!(width > 0 && height > 0 && width * height <= MAX_PIXELS)) {
    throw new Error(
      `its header says ${width}x${height} pixels, expected at least 1x1 and at most ${MAX_PIXELS} in all`,
    );
  }
  return { data: new Uint8Array(3 * width * height), frames: 1, height, width };
}

/** @throws Error when a picture's file ends before `end` */
export function requireBytes(bytes: Uint8Array, end: number): void {
  if (end > bytes.length) throw new Error(`the file ends after ${bytes.length} bytes, its pixels need ${end}`);
}
