import { describe, expect, it } from 'vitest';
import { encoderConfig } from './encoder-config.js';
import { encoderFlops, predictorFlops } from './model-flops.js';
import { encoderParameterShapes, predictorParameterShapes } from './parameter-shapes.js';
import { predictorConfig } from './predictor-config.js';
import { vjepa21EncoderConfig } from './vjepa2-encoder-config.js';
import { vjepa2PredictorParameterShapes } from './vjepa2-parameter-shapes.js';
import { vjepa21PredictorConfig } from './vjepa2-predictor-config.js';

/** Elements of all matrices that tokens are multiplied with. */
function matrixElements(shapes: ReadonlyMap<string, readonly number[]>): number {
  let elements = 0;
  for (const [name, shape] of shapes) {
    if (name.endsWith('.weight') && shape.length > 1) elements += shape.reduce((product, size) => product * size, 1);
  }
  return elements;
}

describe('floating-point operations of a model', () => {
  it('are two for each weight and token, and attention’s', () => {
    for (const name of ['vit_tiny', 'vit_large', 'vit_giant'] as const) {
      const encoder = encoderConfig(name);
      const K = 200;
      const attention = encoder.depth * 2 * (2 * K * K * encoder.embedDim);
      expect(encoderFlops(encoder, K)).toBe(2 * K * matrixElements(encoderParameterShapes(encoder)) + attention);
    }
  });

  it('of a predictor: what it is given comes in, what it predicts goes out', () => {
    const predictor = predictorConfig(encoderConfig('vit_large'));
    const [Kc, Kt] = [150, 400];
    const attention = predictor.depth * 2 * (2 * (Kc + Kt) ** 2 * predictor.embedDim);
    const ends = 2 * predictor.embedDim * 1024;
    const blocks = 2 * matrixElements(predictorParameterShapes(predictor)) - 2 * ends;
    expect(predictorFlops(predictor, Kc, Kt)).toBe((Kc + Kt) * blocks + (Kc + Kt) * ends + attention);
  });

  it('of V-JEPA 2.1’s predictor: it joins levels, and predicts all levels of what it is given, too', () => {
    const predictor = vjepa21PredictorConfig(vjepa21EncoderConfig('vit_base'));
    const [Kc, Kt] = [150, 400];
    const matrices = (of: RegExp) =>
      matrixElements(new Map([...vjepa2PredictorParameterShapes(predictor)].filter(([name]) => of.test(name))));
    const attention = predictor.depth * 2 * (2 * (Kc + Kt) ** 2 * predictor.embedDim);
    const given = 2 * Kc * (matrices(/^predictor_embed/) + matrices(/^predictor_proj_context/));
    const both = 2 * (Kc + Kt) * matrices(/^predictor_blocks/);
    expect(predictorFlops(predictor, Kc, Kt)).toBe(given + both + 2 * Kt * matrices(/^predictor_proj\./) + attention);
  });
});
