import { mersenneTwister } from '@vjepa/random';
import { expect, it } from 'vitest';
import { handoverFormat } from '../pixel-format.js';
import { cropResize } from '../transform/index.js';
import { packedPicture, pictureToRgb } from '../yuv-to-rgb.js';
import { CropResizer } from './crop-resizer.js';

const random = mersenneTwister(3);
const resizer = new CropResizer();

/** A picture of smooth shapes with noise. */
function randomPicture(width: number, height: number) {
  const format = handoverFormat('yuv420p');
  const chroma = 2 * ((width + 1) >> 1) * ((height + 1) >> 1);
  const data = Uint8Array.from({ length: width * height + chroma }, () => random.nextUint32() & 255);
  return packedPicture(data, format, width, height);
}

it.for([
  { name: 'whole picture', width: 64, height: 48, box: { top: 0, left: 0, height: 48, width: 64 } },
  { name: 'odd box', width: 64, height: 48, box: { top: 7, left: 5, height: 33, width: 41 } },
  { name: 'odd picture', width: 61, height: 47, box: { top: 3, left: 1, height: 44, width: 60 } },
  { name: 'bottom right corner', width: 61, height: 47, box: { top: 30, left: 40, height: 17, width: 21 } },
  { name: 'one pixel', width: 16, height: 16, box: { top: 5, left: 9, height: 1, width: 1 } },
  { name: 'much larger than the result', width: 500, height: 301, box: { top: 1, left: 3, height: 300, width: 490 } },
])('equals conversion, then crop and resize, within 1: $name', ({ width, height, box }) => {
  for (const interlaced of [false, true]) {
    for (const flip of [false, true]) {
      for (const [matrix, range] of [['bt601', 'limited'] as const, ['bt709', 'full'] as const]) {
        const size = 32;
        const picture = { ...randomPicture(width, height), interlaced };
        const rgb = new Uint8Array(width * height * 3);
        pictureToRgb(picture, matrix, range, { top: 0, left: 0, width, height }, rgb, 0);
        const frames = { data: rgb, frames: 1, height, width };
        const expected = cropResize(frames, box, size, new Uint8Array(size * size * 3), { flip });
        const actual = new Uint8Array(size * size * 3 + 10);
        resizer.start({ box, size, flip, matrix, range });
        resizer.resize(picture, actual, 10);
        let different = 0;
        expected.forEach((value, i) => {
          const difference = Math.abs(value - actual[i + 10]!);
          if (difference > 1) throw new Error(`pixel value ${i}: ${actual[i + 10]} instead of ${value}`);
          different += difference;
        });
        expect(different / expected.length).toBeLessThan(0.03);
      }
    }
  }
});

it('only 8-bit 4:2:0 and sizes of whole groups of four', () => {
  expect(CropResizer.handles({ format: handoverFormat('yuv420p') }, 224)).toBe(true);
  expect(CropResizer.handles({ format: handoverFormat('yuv420p') }, 30)).toBe(false);
  expect(CropResizer.handles({ format: handoverFormat('yuv420p10le') }, 224)).toBe(false);
  expect(CropResizer.handles({ format: handoverFormat('yuv444p') }, 224)).toBe(false);
  expect(CropResizer.handles({ format: handoverFormat('gray') }, 224)).toBe(false);
});
