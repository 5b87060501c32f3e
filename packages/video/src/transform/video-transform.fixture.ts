import { readFileSync } from 'node:fs';
import type { RgbFrames } from '../rgb-frames.js';
import type { CropBox } from './crop-box.js';

interface Entry {
  dtype: 'U8' | 'F32';
  shape: number[];
  data_offsets: [number, number];
}

/** The inputs and outputs of the reference's video transforms that this repository keeps in `fixtures/`. */
export function readVideoTransformFixture() {
  const folder = new URL('../../../../fixtures/video-transform/', import.meta.url);
  const manifest = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) as {
    crop_size: number;
    box: CropBox;
  };
  const file = readFileSync(new URL('tensors.safetensors', folder));
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerLength)) as Record<string, Entry>;
  const bytes = (name: string) => {
    const [start, end] = header[name]!.data_offsets;
    return new Uint8Array(file.subarray(8 + headerLength + start, 8 + headerLength + end));
  };
  const [frames, height, width] = header.frames!.shape as [number, number, number];
  const clip: RgbFrames = { data: bytes('frames'), frames, height, width };
  return {
    size: manifest.crop_size,
    box: manifest.box,
    clip,
    floats: (name: string) => new Float32Array(bytes(name).buffer),
  };
}

/** The largest absolute difference, relative to the largest magnitude expected. */
export function relativeDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let magnitude = 0;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(found[i]! - expected[i]!));
    magnitude = Math.max(magnitude, Math.abs(expected[i]!));
  }
  return found.length === expected.length ? difference / magnitude : Number.POSITIVE_INFINITY;
}
