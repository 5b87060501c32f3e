import type { RgbFrames } from '../rgb-frames.js';
import { type ClipBuffer, requireClipLength } from './clip-buffer.js';
import { channelScaling, imagenetNormalization, type Normalization } from './normalization.js';

/**
 * Writes frames as they are: bytes are copied, floats are normalised and put into planes.
 *
 * @param output receives `[T, H, W, 3]` bytes or `[3, T, H, W]` floats
 */
export function writeFrames(
  frames: RgbFrames,
  output: ClipBuffer,
  normalization: Normalization = imagenetNormalization,
): void {
  requireClipLength(output, frames.frames, frames);
  if (output instanceof Uint8Array) {
    output.set(frames.data);
    return;
  }
  const { scale, shift } = channelScaling(normalization);
  const plane = output.length / 3;
  for (let c = 0; c < 3; c++) {
    const values = Float32Array.from({ length: 256 }, (_, value) => value * scale[c]! + shift[c]!);
    for (let i = 0, from = c; i < plane; i++, from += 3) output[c * plane + i] = values[frames.data[from]!]!;
  }
}
