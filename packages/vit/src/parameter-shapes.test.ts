import { describe, expect, it } from 'vitest';
import {
  countParameters,
  encoderConfig,
  encoderParameterShapes,
  predictorConfig,
  predictorParameterShapes,
} from './index.js';

// Counts of the reference's instantiated models (vit_tiny) and of the formula that reproduces them.
describe('parameter counts', () => {
  it.each([
    ['vit_tiny', 5_633_856, 21_443_136],
    ['vit_small', 21_884_544, 21_590_784],
    ['vit_base', 86_236_416, 21_886_080],
    ['vit_large', 303_885_312, 22_082_944],
    ['vit_huge', 631_648_000, 22_279_808],
    ['vit_giant', 1_012_173_952, 22_378_240],
    ['vit_gigantic', 1_597_884_288, 22_575_104],
  ])('%s has %i, its predictor %i', (name, encoderCount, predictorCount) => {
    const encoder = encoderConfig(name);
    expect(countParameters(encoderParameterShapes(encoder))).toBe(encoderCount);
    expect(countParameters(predictorParameterShapes(predictorConfig(encoder)))).toBe(predictorCount);
  });

  it('lists 293 tensors for ViT-L and 153 for its predictor, position tables first', () => {
    const encoder = encoderConfig('vit_large');
    const names = [...encoderParameterShapes(encoder).keys()];
    expect(names).toHaveLength(293);
    expect(names.slice(0, 4)).toEqual([
      'pos_embed',
      'patch_embed.proj.weight',
      'patch_embed.proj.bias',
      'blocks.0.norm1.weight',
    ]);
    expect(encoderParameterShapes(encoder).get('pos_embed')).toEqual([1, 1568, 1024]);
    const predictor = [...predictorParameterShapes(predictorConfig(encoder)).keys()];
    expect(predictor).toHaveLength(153);
    expect(predictor.slice(0, 5)).toEqual([
      'predictor_pos_embed',
      'predictor_embed.weight',
      'predictor_embed.bias',
      'mask_tokens.0',
      'mask_tokens.1',
    ]);
  });

  it('gives image models a two-dimensional patch embedding', () => {
    const shapes = encoderParameterShapes(encoderConfig('vit_tiny', { numFrames: 1 }));
    expect(shapes.get('patch_embed.proj.weight')).toEqual([192, 3, 16, 16]);
    expect(shapes.get('pos_embed')).toEqual([1, 196, 192]);
  });
});

describe('encoderConfig', () => {
  it('names the encoders it knows', () => {
    expect(() => encoderConfig('vit_larg')).toThrow("unknown encoder 'vit_larg'; the encoders are vit_tiny, vit_small");
  });

  it('refuses what cannot be built, saying why', () => {
    expect(() => encoderConfig('vit_tiny', { numHeads: 5 })).toThrow('embedDim 192 cannot be split over 5 heads');
    expect(() => encoderConfig('vit_tiny', { imageSize: 8 })).toThrow('imageSize 8 is smaller than one patch of 16');
    expect(() => encoderConfig('vit_tiny', { depth: 1.5 })).toThrow('depth is 1.5');
    expect(() => predictorConfig(encoderConfig('vit_tiny'), { embedDim: 32 })).toThrow(
      'embedDim 32 cannot be split over 3',
    );
  });

  it('takes undefined for "not overridden"', () => {
    expect(encoderConfig('vit_tiny', { depth: undefined }).depth).toBe(12);
  });
});
