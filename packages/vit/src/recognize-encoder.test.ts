import { describe, expect, it } from 'vitest';
import { encoderConfig, encoderNames, encoderParameterShapes, positionTable, recognizeEncoder } from './index.js';

/** A configuration back from nothing but its parameters' names, shapes and position table. */
function recognized(config: ReturnType<typeof encoderConfig>, table = positionTable(config).data) {
  const tensors = new Map([...encoderParameterShapes(config)].map(([name, shape]) => [name, { shape }]));
  return recognizeEncoder(tensors, table);
}

describe('recognizeEncoder', () => {
  it.each(encoderNames)('tells %s, its clip included', (name) => {
    const { numHeads, layerNormEpsilon, ...config } = encoderConfig(name);
    expect(recognized(encoderConfig(name))).toEqual({ config, likelyHeads: numHeads, positionsRead: true });
  });

  it.each([
    ['a 384-pixel model', { imageSize: 384 }],
    ['8 frames of 64 x 64, 4 blocks', { imageSize: 64, numFrames: 8, depth: 4 }],
    // 64 tokens are also 1 x 8 x 8 or 16 x 2 x 2.
    ['8 frames of 64 x 64 and not 2 of 128 x 128', { imageSize: 128, numFrames: 2 }],
    ['32 frames of 32 x 32', { imageSize: 32, numFrames: 32 }],
    ['one axis for time', { uniformPower: false, imageSize: 64, numFrames: 8 }],
    ['tubelets of 1 and patches of 8', { tubeletSize: 1, patchSize: 8, imageSize: 64, numFrames: 4 }],
    ['a narrow MLP', { mlpRatio: 1.7, depth: 1 }],
  ])('tells %s', (_, overrides) => {
    const { numHeads, layerNormEpsilon, ...config } = encoderConfig('vit_tiny', overrides);
    const found = recognized(encoderConfig('vit_tiny', overrides))!;
    expect(found.config).toEqual({ ...config, mlpRatio: expect.closeTo(config.mlpRatio, 2) });
    expect(found.positionsRead).toBe(true);
  });

  it('tells an image model', () => {
    const config = encoderConfig('vit_tiny', { numFrames: 1 });
    expect(recognized(config)).toMatchObject({ config: { numFrames: 1, imageSize: 224 }, positionsRead: true });
  });

  it('tells the clip from a table in half precision', () => {
    const config = encoderConfig('vit_tiny', { imageSize: 96, numFrames: 8 });
    const halves = positionTable(config).data.map((value) => Math.round(value * 256) / 256);
    expect(recognized(config, halves)).toMatchObject({ config: { imageSize: 96, numFrames: 8 }, positionsRead: true });
  });

  it('says that a table of its own making is not read, and that no named encoder is 48 wide', () => {
    const config = encoderConfig('vit_tiny', { embedDim: 48 });
    const found = recognized(config, new Float32Array(1568 * 48).fill(0.5));
    expect(found).toMatchObject({ config: { imageSize: 224, numFrames: 16 }, positionsRead: false });
    expect(found!.likelyHeads).toBeUndefined();
  });

  it('knows nothing of other parameters', () => {
    expect(recognizeEncoder(new Map([['linear.weight', { shape: [2, 192] }]]), new Float32Array(0))).toBe(undefined);
  });
});
