import type { RgbFrames } from '../rgb-frames.js';

/** Stretches each channel of each frame so that its darkest value becomes 0 and its lightest 255 (as Pillow does). */
export function autoContrast(frames: RgbFrames): RgbFrames {
  return mapByHistogram(frames, (histogram) => {
    const lowest = histogram.findIndex((count) => count > 0);
    const highest = histogram.findLastIndex((count) => count > 0);
    if (highest <= lowest) return undefined;
    const scale = 255 / (highest - lowest);
    const offset = -lowest * scale;
    return (value) => Math.trunc(value * scale + offset);
  });
}

/** Flattens the histogram of each channel of each frame (as Pillow does). */
export function equalize(frames: RgbFrames): RgbFrames {
  const pixels = frames.height * frames.width;
  return mapByHistogram(frames, (histogram) => {
    const highest = histogram.findLastIndex((count) => count > 0);
    const step = Math.floor((pixels - (histogram[highest] ?? 0)) / 255);
    if (step === 0) return undefined;
    const curve = new Int32Array(256);
    for (let value = 0, below = Math.floor(step / 2); value < 256; value++) {
      curve[value] = Math.floor(below / step);
      below += histogram[value]!;
    }
    return (value) => curve[value]!;
  });
}

type Curve = (value: number) => number;

/** Maps each channel of each frame by a curve made from its histogram; `undefined` leaves the channel as it is. */
function mapByHistogram(frames: RgbFrames, curveOf: (histogram: Int32Array) => Curve | undefined): RgbFrames {
  const data = frames.data.slice();
  const frameLength = frames.height * frames.width * 3;
  for (let start = 0; start < data.length; start += frameLength) {
    for (let channel = start; channel < start + 3; channel++) {
      const end = start + frameLength;
      const histogram = new Int32Array(256);
      for (let i = channel; i < end; i += 3) histogram[data[i]!]!++;
      const curve = curveOf(histogram);
      if (curve === undefined) continue;
      const table = Uint8ClampedArray.from({ length: 256 }, (_, value) => curve(value));
      for (let i = channel; i < end; i += 3) data[i] = table[data[i]!]!;
    }
  }
  return { ...frames, data };
}
