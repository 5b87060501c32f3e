import { describe, expect, it } from 'vitest';
import type { RgbFrames } from '../rgb-frames.js';
import { antialiasedResize } from './antialiased-resize.js';
import { cropFrames } from './crop-frames.js';
import { coveringSize, evaluationTransform } from './evaluation-transform.js';
import { fixedPointResize } from './fixed-point-resize.js';
import { imageEvaluationTransform } from './image-transform.js';
import { noNormalization } from './normalization.js';
import { patternedFrames } from './patterned-frames.fixture.js';

it('a frame that needs no resizing is only cropped, at offsets rounded half to even', () => {
  // The short side is already 8·256/224 = 9; (9 - 8) / 2 = 0.5 rounds to 0 and (11 - 8) / 2 = 1.5 to 2.
  const clip = patternedFrames(9, 11);
  const view = evaluationTransform(clip, { size: 8 }, new Uint8Array(192));
  expect(view.subarray(0, 24)).toEqual(clip.data.subarray(2 * 3, 10 * 3));
  expect(view.subarray(24, 48)).toEqual(clip.data.subarray((11 + 2) * 3, (11 + 10) * 3));
});

it('views of a tall video go down its long side', () => {
  const clip = patternedFrames(40, 16);
  const views = evaluationTransform(clip, { size: 8, views: 3 }, new Uint8Array(3 * 192));
  const resized = fixedPointResize(clip, { height: 20, width: 8 });
  [0, 6, 12].forEach((top, i) => {
    expect(views.subarray(i * 192, (i + 1) * 192)).toEqual(resized.data.subarray(top * 24, (top + 8) * 24));
  });
});

it('antialiased, the frame is resized as pictures are and cut at offsets rounded down', () => {
  // 30 x 33 to int(32 · 256/224) = 36 x 39; (36 - 32) / 2 = 2 and (39 - 32) / 2 = 3.5, rounded down.
  const clip = patternedFrames(30, 33);
  const view = evaluationTransform(clip, { size: 32, antialias: true }, new Uint8Array(32 * 32 * 3));
  const resized = antialiasedResize(clip, { height: 36, width: 39 }, 'bilinear');
  expect(view).toEqual(cropFrames(resized, { top: 2, left: 3, height: 32, width: 32 }).data);
  expect(view).not.toEqual(evaluationTransform(clip, { size: 32 }, new Uint8Array(32 * 32 * 3)));
});

it('views of a square video are all the same', () => {
  const views = evaluationTransform(patternedFrames(20, 20), { size: 8, views: 2 }, new Uint8Array(2 * 192));
  expect(views.subarray(0, 192)).toEqual(views.subarray(192));
});

it('the long side follows the short side, truncated', () => {
  const square = (side: number) => ({ height: side, width: side });
  expect(coveringSize({ height: 480, width: 641 }, square(256))).toEqual({ height: 256, width: 341 });
  expect(coveringSize({ height: 641, width: 480 }, square(224))).toEqual({ height: 299, width: 224 });
  expect(coveringSize({ height: 224, width: 641 }, square(224))).toEqual({ height: 224, width: 641 });
  for (let side = 1; side < 3000; side++) {
    expect(coveringSize({ height: side, width: 224 }, square(224))).toEqual(
      side < 224 ? { height: 224, width: Math.trunc((224 * 224) / side) } : { height: side, width: 224 },
    );
  }
});

describe('views that are no squares', () => {
  const size = { height: 8, width: 16 };
  const view = (top: number, left: number, { data, width }: RgbFrames) =>
    Array.from({ length: 8 }, (_, y) => [
      ...data.subarray(((top + y) * width + left) * 3, ((top + y) * width + left + 16) * 3),
    ]);
  const rows = (output: Uint8Array) => Array.from({ length: 8 }, (_, y) => [...output.subarray(y * 48, (y + 1) * 48)]);

  it('are the centre of a video that covers them with a margin', () => {
    // Covers 9 x 18: of a square the sides of 18, of a wide one the height of 9.
    for (const [height, width, resized, top, left] of [
      [36, 36, { height: 18, width: 18 }, 5, 1],
      [18, 90, { height: 9, width: 45 }, 0, 14],
    ] as const) {
      const clip = patternedFrames(height, width);
      const output = evaluationTransform(clip, { size }, new Uint8Array(8 * 16 * 3));
      expect(rows(output)).toEqual(view(top, left, fixedPointResize(clip, resized)));
    }
  });

  it('lie along the side that is left over', () => {
    const clip = patternedFrames(40, 32); // resized to 20 x 16
    const views = evaluationTransform(clip, { size, views: 3 }, new Uint8Array(3 * 8 * 16 * 3));
    const resized = fixedPointResize(clip, { height: 20, width: 16 });
    [0, 6, 12].forEach((top, i) => {
      expect(rows(views.subarray(i * 384, (i + 1) * 384))).toEqual(view(top, 0, resized));
    });
    // Taller than wide, and yet too wide: 16 x 8 of 20 x 16 are left over.
    const tall = evaluationTransform(clip, { size: { height: 16, width: 8 }, views: 2 }, new Uint8Array(2 * 384));
    const covering = fixedPointResize(clip, { height: 16, width: 12 });
    [0, 4].forEach((left, i) => {
      const expected = Array.from({ length: 16 }, (_, y) => [
        ...covering.data.subarray((y * 12 + left) * 3, (y * 12 + left + 8) * 3),
      ]);
      expect([...tall.subarray(i * 384, (i + 1) * 384)]).toEqual(expected.flat());
    });
  });

  it('are normalised as floats of three planes', () => {
    const clip = patternedFrames(18, 36);
    const bytes = evaluationTransform(clip, { size }, new Uint8Array(384));
    const floats = evaluationTransform(clip, { size, normalization: noNormalization }, new Float32Array(384));
    expect([...floats.subarray(128, 256)]).toEqual(Array.from({ length: 128 }, (_, i) => bytes[3 * i + 1]!));
    expect(() => evaluationTransform(clip, { size }, new Uint8Array(192))).toThrow('of 8x16 need 384');
  });

  it('of a picture are the centre of one that covers them', () => {
    const picture = patternedFrames(18, 90);
    const output = imageEvaluationTransform(picture, { size }, new Uint8Array(384));
    expect(rows(output)).toEqual(view(0, 14, antialiasedResize(picture, { height: 9, width: 45 }, 'bilinear')));
  });
});
