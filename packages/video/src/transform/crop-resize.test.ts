import { expect, it } from 'vitest';
import { cropResize } from './crop-resize.js';
import { imagenetNormalization, noNormalization } from './normalization.js';
import { patternedFrames } from './patterned-frames.fixture.js';

const clip = patternedFrames(24, 32, 2);
const box = { top: 3, left: 5, height: 17, width: 21 };

it('bytes are the floats rounded, in [T, S, S, 3] instead of [3, T, S, S]', () => {
  const size = 13;
  const bytes = cropResize(clip, box, size, new Uint8Array(2 * size * size * 3));
  const floats = cropResize(clip, box, size, new Float32Array(bytes.length), { normalization: noNormalization });
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < 2 * size * size; i++) {
      expect(Math.abs(bytes[i * 3 + c]! - floats[c * 2 * size * size + i]!)).toBeLessThanOrEqual(0.5 + 1e-4);
    }
  }
});

it('a box of the output’s size is copied', () => {
  const bytes = cropResize(clip, { top: 3, left: 5, height: 8, width: 8 }, 8, new Uint8Array(2 * 8 * 8 * 3));
  for (let t = 0; t < 2; t++) {
    for (let y = 0; y < 8; y++) {
      const from = ((t * 24 + 3 + y) * 32 + 5) * 3;
      expect(bytes.subarray((t * 8 + y) * 24, (t * 8 + y + 1) * 24)).toEqual(clip.data.subarray(from, from + 24));
    }
  }
});

it('flip mirrors left to right', () => {
  const plain = cropResize(clip, box, 6, new Uint8Array(2 * 6 * 6 * 3));
  const mirrored = cropResize(clip, box, 6, new Uint8Array(plain.length), { flip: true });
  for (let row = 0; row < 12; row++) {
    for (let x = 0; x < 6; x++) {
      const here = (row * 6 + x) * 3;
      const there = (row * 6 + 5 - x) * 3;
      expect(mirrored.subarray(here, here + 3)).toEqual(plain.subarray(there, there + 3));
    }
  }
});

it('floats are normalised with ImageNet’s statistics by default', () => {
  const grey = { data: new Uint8Array(27).fill(128), frames: 1, height: 3, width: 3 };
  const output = cropResize(grey, { top: 0, left: 0, height: 3, width: 3 }, 2, new Float32Array(12));
  for (let c = 0; c < 3; c++) {
    const expected = (128 - imagenetNormalization.mean[c]!) / imagenetNormalization.std[c]!;
    expect(output[c * 4]).toBeCloseTo(expected, 5);
  }
});

it('one box per frame crops every frame by itself', () => {
  const boxes = [box, { top: 0, left: 0, height: 24, width: 32 }];
  const both = cropResize(clip, boxes, 5, new Uint8Array(2 * 75));
  expect(both.subarray(0, 75)).toEqual(cropResize(clip, boxes[0]!, 5, new Uint8Array(150)).subarray(0, 75));
  expect(both.subarray(75)).toEqual(cropResize(clip, boxes[1]!, 5, new Uint8Array(150)).subarray(75));
});

it('boxes outside the frame and outputs of another length are refused', () => {
  expect(() => cropResize(clip, { ...box, left: 12 }, 4, new Uint8Array(96))).toThrow(
    'reaches outside the 24x32 frame',
  );
  expect(() => cropResize(clip, { ...box, height: 0 }, 4, new Uint8Array(96))).toThrow('reaches outside');
  expect(() => cropResize(clip, box, 4, new Uint8Array(95))).toThrow('has 95 values');
  expect(() => cropResize(clip, [box, box, box], 4, new Uint8Array(96))).toThrow('one per frame (2), found 3');
});
