import { createPicture, type RgbPicture } from './rgb-picture.js';

/** Every pixel as a square of `factor` pixels. */
export function enlarged({ width, height, data }: RgbPicture, factor: number): RgbPicture {
  const picture = createPicture(width * factor, height * factor, [0, 0, 0]);
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const from = (Math.floor(y / factor) * width + Math.floor(x / factor)) * 3;
      picture.data.set(data.subarray(from, from + 3), (y * picture.width + x) * 3);
    }
  }
  return picture;
}
