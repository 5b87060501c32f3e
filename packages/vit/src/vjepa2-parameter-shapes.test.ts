import { describe, expect, it } from 'vitest';
import {
  countParameters,
  encoderConfig,
  vjepa2EncoderConfig,
  vjepa2EncoderParameterShapes,
  vjepa2PredictorConfig,
  vjepa2PredictorParameterShapes,
  vjepa21EncoderConfig,
  vjepa21PredictorConfig,
} from './index.js';

// Counts of the reference's instantiated models.
describe('parameter counts', () => {
  it.each([
    ['vit_base', 86_236_416, 21_889_152],
    ['vit_large', 303_885_312, 22_086_016],
    ['vit_huge', 631_648_000, 22_282_880],
    ['vit_giant_xformers', 1_012_173_952, 22_381_312],
  ])('V-JEPA 2: %s has %i, its predictor %i', (name, encoderCount, predictorCount) => {
    const encoder = vjepa2EncoderConfig(name);
    expect(countParameters(vjepa2EncoderParameterShapes(encoder))).toBe(encoderCount);
    expect(countParameters(vjepa2PredictorParameterShapes(vjepa2PredictorConfig(encoder)))).toBe(predictorCount);
  });

  it('V-JEPA 2: vit_gigantic_xformers has 1,598,483,328, of the usual MLP', () => {
    const shapes = vjepa2EncoderParameterShapes(vjepa2EncoderConfig('vit_gigantic_xformers'));
    expect(countParameters(shapes)).toBe(1_598_483_328);
    expect(shapes.get('blocks.0.mlp.fc1.weight')).toEqual([6656, 1664]);
  });

  it.each([
    ['vit_base', 86_833_152, 1664, 22_874_752],
    ['vit_large', 304_680_960, 1664, 22_973_056],
    ['vit_giant_xformers', 1_013_267_968, undefined, 55_400_704],
    ['vit_gigantic_xformers', 1_845_216_768, undefined, 59_433_472],
  ])('V-JEPA 2.1: %s has %i, its predictor (of teacher %s) %i', (name, encoderCount, teacherDim, predictorCount) => {
    const encoder = vjepa21EncoderConfig(name);
    expect(countParameters(vjepa2EncoderParameterShapes(encoder))).toBe(encoderCount);
    const predictor = vjepa21PredictorConfig(encoder, { teacherDim });
    expect(countParameters(vjepa2PredictorParameterShapes(predictor))).toBe(predictorCount);
  });
});

describe('configurations', () => {
  it('have heads 64 wide in the published giants', () => {
    const heads = ['vit_giant_xformers', 'vit_gigantic_xformers'].map((name) => {
      const { embedDim, numHeads } = vjepa21EncoderConfig(name);
      return embedDim / numHeads;
    });
    expect(heads).toEqual([64, 64]);
  });

  it('name the sizes there are', () => {
    expect(() => vjepa2EncoderConfig('vit_giant_xformer')).toThrow(
      "unknown encoder 'vit_giant_xformer'; the encoders of V-JEPA 2 are vit_tiny, vit_small",
    );
  });

  it('put the norms of V-JEPA 2.1 after blocks 11, 23, 37 and 47 of 48', () => {
    expect(vjepa21EncoderConfig('vit_gigantic_xformers').normLayers).toEqual([11, 23, 37, 47]);
  });

  it('stretch positions to 16 patches of 16 pixels, or 18 of 14', () => {
    expect(vjepa21EncoderConfig('vit_base').rotarySide).toBe(16);
    expect(vjepa21EncoderConfig('vit_base', { patchSize: 14 }).rotarySide).toBe(18);
  });

  it('refuse what cannot be built, saying why', () => {
    expect(() => vjepa21EncoderConfig('vit_huge')).toThrow('normLayers [] of an encoder of 32 blocks');
    expect(() => vjepa21EncoderConfig('vit_base', { normLayers: [2, 5, 8] })).toThrow('end with the last, 11');
    expect(() => vjepa21EncoderConfig('vit_base', { rotarySide: 0 })).toThrow('rotarySide is 0');
    expect(() => vjepa2EncoderConfig('vit_base', { numHeads: 5 })).toThrow('cannot be split over 5 heads');
    expect(() => vjepa2PredictorConfig(vjepa2EncoderConfig('vit_base'), { numHeads: 5 })).toThrow(
      'embedDim 384 cannot be split over 5 heads',
    );
    expect(() => vjepa2PredictorConfig(vjepa2EncoderConfig('vit_base'), { depth: 0 })).toThrow('depth is 0');
  });

  it('refuse a predictor of one version for an encoder of another, saying which to ask for', () => {
    const [second, latest] = [vjepa2EncoderConfig('vit_base'), vjepa21EncoderConfig('vit_base')];
    expect(() => vjepa2PredictorConfig(latest)).toThrow(
      'an encoder of V-JEPA 2.1 has no predictor of V-JEPA 2; ask for vjepa21PredictorConfig',
    );
    expect(() => vjepa21PredictorConfig(second)).toThrow('ask for vjepa2PredictorConfig');
    // @ts-expect-error: an encoder of the first V-JEPA
    expect(() => vjepa2PredictorConfig(encoderConfig('vit_base'))).toThrow('V-JEPA 1 has no predictor of V-JEPA 2;');
  });

  it.each([
    [{ rotarySide: 0 }, 'rotarySide is 0; it must be a whole number of at least 1, or null'],
    [{ levels: 0 }, 'levels is 0'],
    [{ levels: 5 }, 'levels is 5; the encoder has 4'],
    [{ imageSize: 0 }, 'imageSize is 0'],
    [{ numFrames: 1.5 }, 'numFrames is 1.5'],
    [{ mlpRatio: -1 }, 'mlpRatio is -1; it must be a number above 0'],
    [{ teacherDim: 7, outputDim: 9 }, 'outputDim 9 is not teacherDim 7; give one of them'],
  ])('refuse a predictor of %o', (fields, problem) => {
    expect(() => vjepa21PredictorConfig(vjepa21EncoderConfig('vit_base'), fields)).toThrow(
      `predictor config: ${problem}`,
    );
  });
});
