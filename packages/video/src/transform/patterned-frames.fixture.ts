import type { RgbFrames } from '../rgb-frames.js';

/**
 * Frames of a pattern that other programs can repeat to make expected values: byte i of the whole clip is the high
 * byte of i · 2654435761 + 1000 · height + width modulo 2³².
 */
export function patternedFrames(height: number, width: number, frames = 1): RgbFrames {
  const start = 1000 * height + width;
  const data = Uint8Array.from({ length: frames * height * width * 3 }, (_, i) => {
    return (Math.imul(i, 2654435761) + start) >>> 24;
  });
  return { data, frames, height, width };
}

/** Frames of a smooth picture with detail: red rises to the right, green downwards, blue is a ripple. */
export function smoothFrames(height: number, width: number): RgbFrames {
  const data = new Uint8Array(height * width * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      data[i] = Math.floor((255 * x) / width);
      data[i + 1] = Math.floor((255 * y) / height);
      data[i + 2] = (x * x + 3 * y * y) % 256;
    }
  }
  return { data, frames: 1, height, width };
}
