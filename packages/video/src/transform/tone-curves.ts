import type { RgbFrames } from '../rgb-frames.js';

/** 255 - value. */
export function invert(frames: RgbFrames): RgbFrames {
  return mapValues(frames, (value) => 255 - value);
}

/** Keeps the highest `bits` bits of every value, 0 (black) to 8 (unchanged). */
export function posterize(frames: RgbFrames, bits: number): RgbFrames {
  const mask = bits >= 8 ? 0xff : (0xff << (8 - bits)) & 0xff;
  return mapValues(frames, (value) => value & mask);
}

/** Inverts the values at and above `threshold`, 0 (all) to 256 (none). */
export function solarize(frames: RgbFrames, threshold: number): RgbFrames {
  return mapValues(frames, (value) => (value < threshold ? value : 255 - value));
}

/** Adds `amount` to the values below 128, up to 255. */
export function solarizeAdd(frames: RgbFrames, amount: number): RgbFrames {
  return mapValues(frames, (value) => (value < 128 ? Math.min(255, value + amount) : value));
}

/** The frames with every value, of every channel, replaced by the curve's. */
export function mapValues(frames: RgbFrames, curve: (value: number) => number): RgbFrames {
  const table = Uint8Array.from({ length: 256 }, (_, value) => curve(value));
  const { data } = frames;
  const result = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) result[i] = table[data[i]!]!;
  return { ...frames, data: result };
}
