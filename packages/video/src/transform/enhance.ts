import type { RgbFrames } from '../rgb-frames.js';
import { mapValues } from './tone-curves.js';

/** Blends with the grey picture of the same luminance: 0 grey, 1 unchanged, above 1 more colourful. */
export function adjustColor(frames: RgbFrames, factor: number): RgbFrames {
  const blend = blender(factor);
  const { data } = frames;
  const result = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const grey = luminance(data, i);
    result[i] = blend(grey, data[i]!);
    result[i + 1] = blend(grey, data[i + 1]!);
    result[i + 2] = blend(grey, data[i + 2]!);
  }
  return { ...frames, data: result };
}

/** Blends each frame with its mean grey level: 0 uniform grey, 1 unchanged, above 1 more contrast. */
export function adjustContrast(frames: RgbFrames, factor: number): RgbFrames {
  const blend = blender(factor);
  const result = new Uint8Array(frames.data.length);
  const frameLength = frames.height * frames.width * 3;
  for (let start = 0; start < result.length; start += frameLength) {
    const frame = frames.data.subarray(start, start + frameLength);
    const grey = meanLuminance(frame);
    const table = Uint8Array.from({ length: 256 }, (_, value) => blend(grey, value));
    for (let i = 0; i < frameLength; i++) result[start + i] = table[frame[i]!]!;
  }
  return { ...frames, data: result };
}

/** Blends with black: 0 black, 1 unchanged, above 1 brighter. */
export function adjustBrightness(frames: RgbFrames, factor: number): RgbFrames {
  const blend = blender(factor);
  return mapValues(frames, (value) => blend(0, value));
}

/** Blends with the picture smoothed by a 3x3 kernel: 0 smoothed, 1 unchanged, above 1 sharper. */
export function adjustSharpness(frames: RgbFrames, factor: number): RgbFrames {
  const blend = blender(factor);
  const { data } = frames;
  const result = smooth(frames);
  for (let i = 0; i < data.length; i++) result[i] = blend(result[i]!, data[i]!);
  return { ...frames, data: result };
}

/**
 * (1 - factor) · from + factor · to, clamped and truncated to a byte. In float32, as Pillow computes it: the result is
 * truncated, so the last bit matters.
 */
function blender(factor: number): (from: number, to: number) => number {
  const weight = Math.fround(factor);
  return (from, to) => {
    const value = Math.fround(from + Math.fround(weight * (to - from)));
    return value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
  };
}

/** ITU-R 601 luma of the pixel at offset `i`, in 16-bit fixed point, rounded. */
function luminance(data: Uint8Array, i: number): number {
  return (data[i]! * 19595 + data[i + 1]! * 38470 + data[i + 2]! * 7471 + 0x8000) >> 16;
}

function meanLuminance(frame: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < frame.length; i += 3) sum += luminance(frame, i);
  return Math.floor(sum / (frame.length / 3) + 0.5);
}

/** Weights 1 all around and 5 in the middle, over 13, rounded; the border stays as it is. */
function smooth({ data, frames, height, width }: RgbFrames): Uint8Array {
  const result = data.slice();
  const row = width * 3;
  const thirteenths = Uint8Array.from({ length: 13 * 255 + 1 }, (_, sum) => Math.floor(sum / 13 + 0.5));
  for (let t = 0; t < frames; t++) {
    for (let y = 1; y < height - 1; y++) {
      const start = (t * height + y) * row;
      for (let i = start + 3; i < start + row - 3; i++) {
        const above = data[i - row - 3]! + data[i - row]! + data[i - row + 3]!;
        const below = data[i + row - 3]! + data[i + row]! + data[i + row + 3]!;
        const sum = above + below + data[i - 3]! + data[i + 3]! + 5 * data[i]!;
        result[i] = thirteenths[sum]!;
      }
    }
  }
  return result;
}
