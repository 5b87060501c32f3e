import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { type FillColor, rotate, shearX, shearY, translateX, translateY } from './affine.js';
import { patternedFrames, smoothFrames } from './patterned-frames.fixture.js';

const GREY: FillColor = [128, 128, 128];
const operations = { rotate, shearX, shearY, translateX, translateY };

// CRC-32 of the results of Pillow 13.0 (Image.rotate and Image.transform, bicubic, fillcolor 128) on the pattern of
// 23x31 pixels and the smooth picture of 40x27.
it.each([
  ['rotate', 0, 4363377, 3112774697],
  ['rotate', 3.7, 2636070725, 250524930],
  ['rotate', -21.25, 2235681540, 1600538149],
  ['rotate', 30, 926040243, 1527112399],
  ['rotate', 90, 1696820720, 572956645],
  ['rotate', -90, 1377681374, 1380984422],
  ['rotate', 180, 1495929918, 1163809461],
  ['shearX', 0.21, 1407485673, 727889209],
  ['shearX', -0.3, 598908305, 1375953173],
  ['shearY', 0.21, 2194269767, 916359131],
  ['shearY', -0.3, 1431124361, 2255910170],
  ['translateX', 0.315, 3694094879, 3620445854],
  ['translateX', -0.45, 1630251419, 3613560641],
  ['translateX', 0.1, 3082354291, 3354031996],
  ['translateY', 0.315, 2484231008, 559542071],
  ['translateY', -0.45, 3706931633, 2759064159],
  ['translateY', 0.1, 31679969, 2622541874],
] as const)('%s by %d equals Pillow byte for byte', (name, amount, patterned, smooth) => {
  expect(crc32(operations[name](patternedFrames(23, 31), amount, GREY).data)).toBe(patterned);
  expect(crc32(operations[name](smoothFrames(40, 27), amount, GREY).data)).toBe(smooth);
});

it('every frame of a clip is moved the same way', () => {
  const clip = patternedFrames(9, 7, 3);
  const frame = 9 * 7 * 3;
  const turned = rotate(clip, 25, GREY).data;
  for (let t = 0; t < 3; t++) {
    const single = { ...clip, frames: 1, data: clip.data.slice(t * frame, (t + 1) * frame) };
    expect(turned.subarray(t * frame, (t + 1) * frame)).toEqual(rotate(single, 25, GREY).data);
  }
});
