import { describe, expect, it } from 'vitest';
import { encoderConfig } from './encoder-config.js';

describe('an encoder that no memory holds is refused before it is built', () => {
  it.each([
    [{ numFrames: 10 ** 9 }, 'choose fewer frames, a smaller imageSize or larger patches'],
    [{ imageSize: 10 ** 9 }, '16 frames of 1000000000 x 1000000000 pixels are 31250000000000000 tokens'],
    [{ depth: 10 ** 9 }, 'depth is 1000000000; an encoder has at most 10000 blocks'],
  ])('%o', (sizes, problem) => {
    expect(() => encoderConfig('vit_tiny', sizes)).toThrow(problem);
  });

  it('and long clips of large frames are not', () => {
    expect(encoderConfig('vit_tiny', { numFrames: 1024, imageSize: 1024 }).numFrames).toBe(1024);
  });
});
