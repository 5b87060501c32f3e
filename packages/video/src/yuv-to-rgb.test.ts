import { expect, it } from 'vitest';
import { frameBytes, handoverFormat } from './pixel-format.js';
import { packedPicture, pictureToRgb } from './yuv-to-rgb.js';

/** Y, U and V of pixels with chroma of their own, and the R, G and B that swscale (PyAV's `to_ndarray('rgb24')`) gives. */
const swscale: Record<string, number[][]> = {
  yuv444p: [
    [70, 201, 127, 61, 35, 210],
    [153, 175, 163, 215, 113, 254],
    [164, 88, 86, 105, 222, 92],
    [127, 90, 60, 21, 199, 53],
    [125, 74, 164, 184, 119, 18],
    [146, 123, 79, 73, 193, 141],
    [136, 119, 21, 0, 230, 122],
    [185, 27, 212, 255, 168, 0],
    [209, 237, 150, 255, 164, 255],
    [165, 163, 161, 226, 133, 244],
    [132, 88, 176, 212, 112, 54],
    [126, 107, 94, 74, 164, 86],
  ],
  yuvj444p: [
    [41, 232, 75, 0, 43, 225],
    [122, 62, 104, 88, 162, 5],
    [125, 64, 182, 201, 108, 12],
    [184, 224, 172, 246, 120, 255],
    [129, 227, 120, 118, 101, 255],
    [139, 160, 223, 255, 60, 196],
    [197, 40, 39, 72, 255, 41],
    [211, 76, 223, 255, 161, 119],
    [202, 74, 190, 255, 176, 106],
    [182, 144, 226, 255, 107, 210],
    [122, 92, 25, 0, 208, 58],
    [153, 178, 181, 227, 98, 242],
  ],
  yuv444p10le: [
    [112, 568, 240, 0, 64, 42],
    [768, 396, 368, 147, 246, 146],
    [740, 448, 844, 255, 136, 165],
    [880, 612, 340, 169, 255, 255],
    [514, 620, 716, 212, 79, 185],
    [744, 600, 116, 40, 255, 242],
    [484, 460, 548, 137, 120, 96],
    [704, 564, 320, 110, 220, 213],
    [752, 276, 532, 208, 219, 81],
    [680, 272, 164, 40, 255, 58],
    [874, 680, 688, 255, 184, 255],
    [884, 424, 604, 255, 229, 194],
  ],
};

it.for(Object.keys(swscale))('%s is converted as swscale does', (name) => {
  const pixels = swscale[name]!;
  const format = handoverFormat(name);
  const width = pixels.length;
  const bytes = new Uint8Array(frameBytes(format, width, 1));
  for (const plane of [0, 1, 2]) {
    for (const [x, pixel] of pixels.entries()) {
      const at = (plane * width + x) * format.bytesPerSample;
      bytes[at] = pixel[plane]! & 255;
      if (format.bytesPerSample === 2) bytes[at + 1] = pixel[plane]! >> 8;
    }
  }
  const rgb = new Uint8Array(3 * width);
  const range = name.startsWith('yuvj') ? 'full' : 'limited';
  pictureToRgb(packedPicture(bytes, format, width, 1), 'bt601', range, { top: 0, left: 0, width, height: 1 }, rgb, 0);
  expect([...rgb]).toEqual(pixels.flatMap((pixel) => pixel.slice(3)));
});
