import { expect, it } from 'vitest';
import { antialiasedResize } from './antialiased-resize.js';
import { cropFrames } from './crop-frames.js';
import { evaluationTransform, resizedShortSide } from './evaluation-transform.js';
import { fixedPointResize } from './fixed-point-resize.js';
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
  expect(resizedShortSide({ height: 480, width: 641 }, 256)).toEqual({ height: 256, width: 341 });
  expect(resizedShortSide({ height: 641, width: 480 }, 224)).toEqual({ height: 299, width: 224 });
  expect(resizedShortSide({ height: 224, width: 641 }, 224)).toEqual({ height: 224, width: 641 });
});
