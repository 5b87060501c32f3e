import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { fixedPointResize } from './fixed-point-resize.js';
import { patternedFrames } from './patterned-frames.fixture.js';

// CRC-32 of cv2.resize(pattern, (width, height), interpolation=cv2.INTER_LINEAR); OpenCV 4.10 and 5.0 agree.
it.each([
  [13, 17, 9, 11, 405660398],
  [37, 23, 51, 40, 4154504951],
  [64, 64, 32, 32, 3581993426],
  [90, 50, 101, 56, 2705922554],
  [240, 320, 256, 341, 3195760070],
  [360, 640, 256, 455, 3740040618],
  [5, 7, 5, 14, 4064358065],
  [3, 3, 8, 8, 835540200],
  [256, 340, 224, 297, 1746013190],
])('%ix%i to %ix%i equals OpenCV byte for byte', (fromHeight, fromWidth, height, width, checksum) => {
  const resized = fixedPointResize(patternedFrames(fromHeight, fromWidth), { height, width });
  expect(crc32(resized.data)).toBe(checksum);
});

it('a window is that part of the whole result, in every frame', () => {
  const frames = patternedFrames(20, 31, 3);
  const whole = fixedPointResize(frames, { height: 33, width: 27 });
  const window = fixedPointResize(frames, { height: 33, width: 27 }, { top: 5, left: 11, height: 9, width: 7 });
  for (let t = 0; t < 3; t++) {
    for (let y = 0; y < 9; y++) {
      const from = ((t * 33 + 5 + y) * 27 + 11) * 3;
      const row = (t * 9 + y) * 7 * 3;
      expect(window.data.subarray(row, row + 21)).toEqual(whole.data.subarray(from, from + 21));
    }
  }
});
