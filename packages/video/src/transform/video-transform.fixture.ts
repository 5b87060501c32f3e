import { readFixtureJson, readFixtureTensors } from '@vjepa/test-kit/fixtures';
import type { RgbFrames } from '../rgb-frames.js';
import type { CropBox } from './crop-box.js';

/** The inputs and outputs of the reference's video transforms that this repository keeps in `fixtures/`. */
export function readVideoTransformFixture() {
  const { crop_size, box }: { crop_size: number; box: CropBox } = readFixtureJson('video-transform/manifest.json');
  const { frames: clip, ...outputs } = readFixtureTensors('video-transform/tensors.safetensors');
  const [frames, height, width] = clip!.shape as [number, number, number];
  const input: RgbFrames = { data: clip!.data as Uint8Array, frames, height, width };
  return { size: crop_size, box, clip: input, floats: (name: string) => outputs[name]!.data as Float32Array };
}
