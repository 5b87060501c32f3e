import { mersenneTwister } from '@vjepa/random';
import { describe, expect, it } from 'vitest';
import {
  encoderConfig,
  encoderParameterShapes,
  fillTruncatedNormal,
  initializeEncoder,
  initializePredictor,
  predictorConfig,
  predictorParameterShapes,
} from './index.js';
import { normalQuantile } from './truncated-normal.js';

const standardDeviation = (values: Float32Array) =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

describe('normalQuantile', () => {
  it('inverts the normal distribution', () => {
    expect(normalQuantile(0.5)).toBe(0);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 8);
    expect(normalQuantile(0.025)).toBeCloseTo(-1.959963985, 8);
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306, 8);
  });
});

describe('fillTruncatedNormal', () => {
  it('draws again where the reference would make a weight of -2', () => {
    const draws = [0, 0, 0x80000000];
    const values = new Float32Array(1);
    fillTruncatedNormal(values, 0.02, { nextUint32: () => draws.shift()! });
    expect(values[0]).toBe(0);
    expect(draws).toEqual([]);
  });
});

describe('initializeEncoder', () => {
  const config = encoderConfig('vit_tiny', { imageSize: 32, embedDim: 48 });
  const parameters = initializeEncoder(config, mersenneTwister(1));

  it('gives every parameter, in the order of the state dict', () => {
    const shapes = encoderParameterShapes(config);
    expect(Object.keys(parameters)).toEqual([...shapes.keys()]);
    for (const [name, shape] of shapes) expect(parameters[name]!.shape, name).toEqual(shape);
  });

  it('draws weights with deviation 0.02 in every block, as pretraining does', () => {
    for (const name of ['patch_embed.proj', 'blocks.0.attn.proj', 'blocks.11.mlp.fc2', 'blocks.11.attn.proj']) {
      const { data } = parameters[`${name}.weight`]!;
      expect(standardDeviation(data), name).toBeCloseTo(0.02, 3);
      expect(data.every((value) => Math.abs(value) < 0.11)).toBe(true);
    }
    expect([...new Set(parameters['blocks.3.norm1.weight']!.data)]).toEqual([1]);
    expect([...new Set(parameters['blocks.3.mlp.fc1.bias']!.data)]).toEqual([0]);
  });

  it('draws with the deviation that is asked for, by width as much larger as the model is narrower than ViT-L', () => {
    const deviationOf = (deviation: number | 'by width', depthRescale = false) =>
      standardDeviation(
        initializeEncoder(config, mersenneTwister(1), { deviation, depthRescale })['blocks.0.attn.proj.weight']!.data,
      );
    expect(deviationOf(0.1)).toBeCloseTo(0.1, 2);
    expect(deviationOf('by width') / deviationOf(0.02)).toBeCloseTo(Math.sqrt(1024 / 48), 5);
    expect(deviationOf('by width', true) / deviationOf('by width')).toBeCloseTo(Math.SQRT1_2, 5);
  });

  it('rescales the last layer of each branch with depth on request', () => {
    const rescaled = initializeEncoder(config, mersenneTwister(1), { depthRescale: true });
    // 0.02 / sqrt(2 l): .0141 in the first block, .0041 in the twelfth.
    expect(standardDeviation(rescaled['blocks.0.attn.proj.weight']!.data)).toBeCloseTo(0.01414, 3);
    expect(standardDeviation(rescaled['blocks.11.mlp.fc2.weight']!.data)).toBeCloseTo(0.00408, 4);
    expect(standardDeviation(rescaled['blocks.11.mlp.fc1.weight']!.data)).toBeCloseTo(0.02, 3);
  });

  it('is a function of the generator', () => {
    const again = initializeEncoder(config, mersenneTwister(1));
    const other = initializeEncoder(config, mersenneTwister(2));
    expect(again['blocks.5.attn.qkv.weight']!.data).toEqual(parameters['blocks.5.attn.qkv.weight']!.data);
    expect(other['blocks.5.attn.qkv.weight']!.data).not.toEqual(parameters['blocks.5.attn.qkv.weight']!.data);
  });
});

describe('initializePredictor', () => {
  const config = predictorConfig(encoderConfig('vit_tiny', { imageSize: 32, embedDim: 48 }), { depth: 1 });

  it('starts mask tokens at zero, or drawn', () => {
    const parameters = initializePredictor(config, mersenneTwister(3));
    expect(Object.keys(parameters)).toEqual([...predictorParameterShapes(config).keys()]);
    expect([...new Set(parameters['mask_tokens.1']!.data)]).toEqual([0]);
    const drawn = initializePredictor({ ...config, zeroInitMaskTokens: false }, mersenneTwister(3));
    expect(standardDeviation(drawn['mask_tokens.1']!.data)).toBeCloseTo(0.02, 2);
  });
});
