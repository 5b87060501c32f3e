import { describe, expect, it } from 'vitest';
import { encoderConfig, vjepa2EncoderConfig } from './index.js';

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

describe('a configuration that is none is refused by the field', () => {
  it.each([
    [{ mlpRatio: 0 }, 'mlpRatio is 0; it must be a number above 0'],
    [{ mlpRatio: Number.NaN }, 'mlpRatio is NaN; it must be a number above 0'],
    [{ mlpRatio: 1e-3 }, 'mlpRatio 0.001 of embedDim 192 leaves an MLP no hidden layer'],
    [{ layerNormEpsilon: -1 }, 'layerNormEpsilon is -1; it must be a number above 0'],
  ])('%o', (fields, problem) => {
    expect(() => encoderConfig('vit_tiny', fields)).toThrow(`encoder config: ${problem}`);
    expect(() => vjepa2EncoderConfig('vit_tiny', fields)).toThrow(`encoder config: ${problem}`);
  });

  it('and a name that objects have by nature is no name of an encoder', () => {
    expect(() => encoderConfig('toString')).toThrow("unknown encoder 'toString'; the encoders are vit_tiny");
    expect(() => vjepa2EncoderConfig('toString')).toThrow("unknown encoder 'toString'; the encoders of V-JEPA 2 are");
  });
});
