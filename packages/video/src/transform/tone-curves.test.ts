import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { autoContrast, equalize } from './histogram-curves.js';
import { patternedFrames, smoothFrames } from './patterned-frames.fixture.js';
import { invert, mapValues, posterize, solarize, solarizeAdd } from './tone-curves.js';

const operations = { posterize, solarize, solarizeAdd, invert, autocontrast: autoContrast, equalize };

// CRC-32 of the results of Pillow 13.0 (ImageOps, and Image.point for SolarizeAdd and zero bits) on the pattern of
// 23x31 pixels and the smooth picture of 40x27.
it.each([
  ['posterize', 0, 176119774, 508558389],
  ['posterize', 1, 42530057, 2857310889],
  ['posterize', 4, 217317741, 1481164073],
  ['solarize', 0, 2717997272, 4165858665],
  ['solarize', 77, 2349056783, 3895513255],
  ['solarize', 128, 533559421, 3481337295],
  ['solarize', 256, 4363377, 3112774697],
  ['solarizeAdd', 77, 3421439135, 2440430486],
  ['solarizeAdd', 110, 2998251563, 2158493069],
  ['invert', 0, 2717997272, 4165858665],
  ['autocontrast', 0, 4363377, 3930336832],
  ['equalize', 0, 1630810630, 3350045836],
] as const)('%s %d equals Pillow byte for byte', (name, amount, patterned, smooth) => {
  expect(crc32(operations[name](patternedFrames(23, 31), amount).data)).toBe(patterned);
  expect(crc32(operations[name](smoothFrames(40, 27), amount).data)).toBe(smooth);
});

it('eight bits and threshold 256 change nothing', () => {
  const picture = patternedFrames(5, 6);
  expect(posterize(picture, 8).data).toEqual(picture.data);
  expect(solarize(picture, 256).data).toEqual(picture.data);
});

it('histograms are of one frame and one channel', () => {
  const dark = mapValues(smoothFrames(16, 16), (value) => 40 + Math.floor(value / 4));
  const light = mapValues(dark, (value) => value + 100);
  const data = new Uint8Array([...dark.data, ...light.data]);
  for (const operation of [autoContrast, equalize]) {
    const both = operation({ data, frames: 2, height: 16, width: 16 }).data;
    expect(both.subarray(0, dark.data.length)).toEqual(operation(dark).data);
    expect(both.subarray(dark.data.length)).toEqual(operation(light).data);
  }
});

it('a flat picture stays as it is', () => {
  const flat = { data: new Uint8Array(48).fill(77), frames: 1, height: 4, width: 4 };
  expect(autoContrast(flat).data).toEqual(flat.data);
  expect(equalize(flat).data).toEqual(flat.data);
});
