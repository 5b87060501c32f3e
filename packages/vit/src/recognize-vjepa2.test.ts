import { describe, expect, it } from 'vitest';
import {
  type ClipEncoder,
  clipEncoderConfig,
  clipEncoderNameOf,
  clipEncoderParameterShapes,
  encoderConfig,
  positionTable,
  recognizePredictor,
  recognizeVjepa2Encoder,
  type Vjepa2EncoderConfig,
  vjepa2EncoderConfig,
  vjepa2PredictorConfig,
  vjepa2PredictorParameterShapes,
  vjepa21EncoderConfig,
  vjepa21PredictorConfig,
} from './index.js';

function shapesOf(encoder: ClipEncoder) {
  return new Map([...clipEncoderParameterShapes(encoder)].map(([name, shape]) => [name, { shape }]));
}

describe('recognizeVjepa2Encoder', () => {
  it.each([
    ['vjepa2_vit_base', 12, 256],
    ['vjepa2_vit_large', 16, 256],
    ['vjepa2_vit_huge', 16, 256],
    // Both named sizes of this width have the same shapes; the published one has 22 heads, 26 of the gigantic.
    ['vjepa2_vit_giant_xformers', 22, 256],
    ['vjepa2_vit_gigantic_xformers', 26, 256],
    ['vjepa2_1_vit_base', 12, 384],
    ['vjepa2_1_vit_large', 16, 384],
    ['vjepa2_1_vit_giant_xformers', 22, 384],
    ['vjepa2_1_vit_gigantic_xformers', 26, 384],
  ])('tells %s, its %i heads and the published clips', (name, numHeads, imageSize) => {
    const encoder = clipEncoderConfig(name, { imageSize }) as Vjepa2EncoderConfig;
    const { config, likelyHeads, clipRead } = recognizeVjepa2Encoder(shapesOf(encoder))!;
    expect(clipEncoderConfig(name, { ...config, numHeads: likelyHeads })).toEqual(encoder);
    expect([likelyHeads, clipRead, clipEncoderNameOf(encoder)]).toEqual([numHeads, false, name]);
  });

  it('tells odd sizes, and their clip from a table that nothing else is read from', () => {
    const sizes = { embedDim: 48, depth: 3, numHeads: 4, patchSize: 8, tubeletSize: 4, mlpRatio: 2.6 };
    const encoder = vjepa2EncoderConfig('vit_tiny', { ...sizes, imageSize: 64, numFrames: 16 });
    const table = positionTable(encoderConfig('vit_tiny', { ...sizes, imageSize: 64, numFrames: 16 })).data;
    const shapes = shapesOf(encoder).set('pos_embed', { shape: [1, 256, 48] });
    const found = recognizeVjepa2Encoder(shapes, table)!;
    expect(found).toEqual({ config: expect.any(Object), likelyHeads: undefined, clipRead: true });
    expect(vjepa2EncoderConfig('vit_tiny', { ...found.config, numHeads: 4 })).toEqual({
      ...encoder,
      mlpRatio: expect.closeTo(2.6, 1),
    });
    expect(recognizeVjepa2Encoder(new Map([['linear.weight', { shape: [2, 48] }]]))).toBeUndefined();
  });
});

describe('recognizePredictor', () => {
  const [second, latest] = [vjepa2EncoderConfig('vit_large'), vjepa21EncoderConfig('vit_large')];
  it.each([
    ['V-JEPA 2', '2', vjepa2PredictorConfig(second)],
    ['V-JEPA 2.1', '2.1', vjepa21PredictorConfig(latest)],
    ['a distilled encoder', '2.1', vjepa21PredictorConfig(latest, { teacherDim: 1664 })],
  ])('tells that of %s', (_, version, predictor) => {
    const named = [...vjepa2PredictorParameterShapes(predictor)].map(([name, shape]) => [name, { shape }] as const);
    const shapes = new Map(named);
    const found = recognizePredictor(shapes)!;
    expect(found.version).toBe(version);
    expect(predictor).toMatchObject(found.config);
    // With the table that released files carry, only V-JEPA 2.1's own tensors tell.
    shapes.set('predictor_pos_embed', { shape: [1, 8192, 384] });
    expect(recognizePredictor(shapes)?.version).toBe(version === '2' ? undefined : '2.1');
    expect(recognizePredictor(shapesOf(second))).toBeUndefined();
  });
});
