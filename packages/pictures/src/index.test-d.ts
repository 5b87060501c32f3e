// What compiles against this package, and what does not: checked with the types, never run.
import type { MaskPair } from '@vjepa/masks';
import { expectTypeOf } from 'vitest';
import { contactSheet, encodePng, featurePictures, maskPicture, type RgbPicture } from './index.js';

const grid = { depth: 8, height: 14, width: 14 };

expectTypeOf(maskPicture).returns.toEqualTypeOf<RgbPicture>();
expectTypeOf(maskPicture).toBeCallableWith([] as MaskPair[], grid, 8);
expectTypeOf(featurePictures(new Float32Array(0), grid, 16).pictures).toEqualTypeOf<RgbPicture[]>();
// @ts-expect-error: rows of pictures
contactSheet([{} as RgbPicture]);
// @ts-expect-error: pictures have a size
encodePng({ data: new Uint8Array(3) });
