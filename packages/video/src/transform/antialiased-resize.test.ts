import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { antialiasedResize } from './antialiased-resize.js';
import { patternedFrames, smoothFrames } from './patterned-frames.fixture.js';

const pictures = { pattern: patternedFrames, smooth: smoothFrames };

// CRC-32 of the results of Pillow 13.0 (Image.resize).
it.each([
  ['pattern', 23, 31, 9, 11, 'bicubic', 103062966],
  ['pattern', 23, 31, 9, 11, 'bilinear', 83860109],
  ['pattern', 23, 31, 40, 50, 'bicubic', 2715684656],
  ['pattern', 23, 31, 40, 50, 'bilinear', 2774711178],
  ['pattern', 23, 31, 23, 15, 'bilinear', 4129986889],
  ['pattern', 23, 31, 10, 31, 'bicubic', 1007271904],
  ['pattern', 120, 161, 56, 75, 'bilinear', 1939379065],
  ['pattern', 120, 161, 56, 56, 'bicubic', 2060537420],
  ['pattern', 1, 1, 4, 4, 'bicubic', 2719227829],
  ['pattern', 3, 200, 3, 2, 'bilinear', 3416459942],
  ['smooth', 23, 31, 9, 11, 'bicubic', 730247872],
  ['smooth', 23, 31, 9, 11, 'bilinear', 3202011788],
  ['smooth', 23, 31, 40, 50, 'bicubic', 3809461254],
  ['smooth', 23, 31, 40, 50, 'bilinear', 186069996],
  ['smooth', 23, 31, 23, 15, 'bilinear', 2365381700],
  ['smooth', 23, 31, 10, 31, 'bicubic', 1282467819],
  ['smooth', 120, 161, 56, 75, 'bilinear', 1161938007],
  ['smooth', 120, 161, 56, 56, 'bicubic', 1273667057],
  ['smooth', 1, 1, 4, 4, 'bicubic', 4069045141],
  ['smooth', 3, 200, 3, 2, 'bilinear', 3670907648],
] as const)(
  '%s %ix%i to %ix%i, %s, equals Pillow byte for byte',
  (kind, fromHeight, fromWidth, height, width, filter, checksum) => {
    expect(crc32(antialiasedResize(pictures[kind](fromHeight, fromWidth), { height, width }, filter).data)).toBe(
      checksum,
    );
  },
);

it('the same size is a copy; every frame is resized by itself', () => {
  const clip = patternedFrames(9, 12, 2);
  const same = antialiasedResize(clip, { height: 9, width: 12 }, 'bicubic');
  expect(same.data).toEqual(clip.data);
  expect(same.data.buffer).not.toBe(clip.data.buffer);
  const second = { ...clip, frames: 1, data: clip.data.slice(9 * 12 * 3) };
  const size = { height: 5, width: 4 };
  expect(antialiasedResize(clip, size, 'bilinear').data.subarray(60)).toEqual(
    antialiasedResize(second, size, 'bilinear').data,
  );
});
