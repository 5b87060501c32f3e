import { clipEncoderConfig } from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { describeEncoder, pictureFrames, usualSpacing } from './usual-clips.js';

describe('an encoder of which nothing but its tensors is known', () => {
  it.each([
    ['vit_large', 16, 'vit_large, 24 blocks of width 1024; 16 heads; 16 frames of 224 x 224, 4 apart'],
    ['vjepa2_vit_large', 16, 'vjepa2_vit_large, 24 blocks of width 1024; 16 heads; 64 frames of 256 x 256, 4 a second'],
  ])('%s sees clips as published, and a picture %i times', (name, repeats, words) => {
    const encoder = clipEncoderConfig(name);
    expect(describeEncoder(encoder, usualSpacing(encoder))).toBe(words);
    expect(pictureFrames(encoder)).toBe(repeats);
    expect(pictureFrames({ ...encoder, numFrames: 8 })).toBe(8);
  });

  it('may see clips of a length in seconds, or pictures, and be none of the named ones', () => {
    const encoder = { ...clipEncoderConfig('vit_tiny'), depth: 3, numFrames: 8 };
    expect(describeEncoder(encoder, { frameStep: 4, clipDuration: 2 })).toBe(
      'an encoder of V-JEPA, 3 blocks of width 192; 3 heads; 8 frames of 224 x 224, over 2 s',
    );
    expect(describeEncoder({ ...encoder, numFrames: 1 }, usualSpacing(encoder))).toMatch(/; a picture of 224 x 224$/);
  });
});
