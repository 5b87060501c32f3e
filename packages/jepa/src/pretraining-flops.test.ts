import { encoderConfig, encoderFlops, predictorConfig, predictorFlops } from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { pretrainingFlops } from './pretraining-flops.js';

describe('floating-point operations of a pretraining step', () => {
  const encoder = encoderConfig('vit_large');
  const predictor = predictorConfig(encoder);

  it('are the target’s pass, and for each mask three of encoder and predictor', () => {
    const masks = { context: [400, 100], target: [1000, 1300] };
    const passes = [0, 1].map((i) => {
      return encoderFlops(encoder, masks.context[i]!) + predictorFlops(predictor, masks.context[i]!, masks.target[i]!);
    });
    expect(pretrainingFlops({ encoder, predictor }, 1568, masks)).toBe(
      encoderFlops(encoder, 1568) + 3 * (passes[0]! + passes[1]!),
    );
    const trained = 3 * (passes[0]! + passes[1]!);
    expect(pretrainingFlops({ encoder, predictor, hasTargetEncoder: false }, 1568, masks)).toBe(trained);
  });

  it('of ViT-L on 16 frames of 224 x 224 are some 2 TFLOP a clip', () => {
    // The target alone: 2 x 303 million weights x 1,568 tokens and its attention make 1.2.
    const flops = pretrainingFlops({ encoder, predictor }, 1568, { context: [380, 160], target: [1000, 1350] });
    expect(flops / 1e12).toBeGreaterThan(2);
    expect(flops / 1e12).toBeLessThan(3);
  });
});
