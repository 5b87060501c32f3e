import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { adjustBrightness, adjustColor, adjustContrast, adjustSharpness } from './enhance.js';
import { patternedFrames, smoothFrames } from './patterned-frames.fixture.js';

const operations = {
  color: adjustColor,
  contrast: adjustContrast,
  brightness: adjustBrightness,
  sharpness: adjustSharpness,
};

// CRC-32 of the results of Pillow 13.0 (ImageEnhance) on the pattern of 23x31 pixels and the smooth picture of 40x27.
it.each([
  ['color', 0.1, 1556914888, 2359943098],
  ['color', 0.37, 656390847, 151414909],
  ['color', 1, 4363377, 3112774697],
  ['color', 1.63, 381790174, 567656246],
  ['color', 1.9, 1392149074, 2991160281],
  ['contrast', 0.1, 3004425348, 431990777],
  ['contrast', 0.37, 1187874966, 896666251],
  ['contrast', 1, 4363377, 3112774697],
  ['contrast', 1.63, 3068957542, 432475384],
  ['contrast', 1.9, 2579491012, 688472850],
  ['brightness', 0.1, 2971832601, 873751552],
  ['brightness', 0.37, 3902630226, 3324258859],
  ['brightness', 1, 4363377, 3112774697],
  ['brightness', 1.63, 2224888117, 864584221],
  ['brightness', 1.9, 352311903, 1785087424],
  ['sharpness', 0.1, 317003893, 4286589980],
  ['sharpness', 0.37, 4181392643, 295605289],
  ['sharpness', 1, 4363377, 3112774697],
  ['sharpness', 1.63, 1239724484, 629564902],
  ['sharpness', 1.9, 2610550842, 2270287155],
] as const)('%s by %d equals Pillow byte for byte', (name, factor, patterned, smooth) => {
  expect(crc32(operations[name](patternedFrames(23, 31), factor).data)).toBe(patterned);
  expect(crc32(operations[name](smoothFrames(40, 27), factor).data)).toBe(smooth);
});

it('contrast is relative to each frame’s own mean', () => {
  const data = new Uint8Array(24);
  data.fill(200, 12);
  const flat = adjustContrast({ data, frames: 2, height: 2, width: 2 }, 0.3);
  expect([...flat.data]).toEqual([...data]);
});
