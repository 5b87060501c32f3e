import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from '@vjepa/engine';
import { BACKENDS, useBackend } from '@vjepa/test-kit/backends';
import { beforeAll, describe, expect, it } from 'vitest';
import { transformerBlock } from './index.js';
import { WIDTH as D, shapes, wave } from './small-block.fixture.js';

const [B, N, K] = [2, 5, 3];

describe.each(BACKENDS)('a block of which only the last tokens are wanted, on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    registerGradients();
  });

  const options = { batchSize: B, numHeads: 2, layerNormEpsilon: 1e-6 };
  const names = Object.keys(shapes);

  /** Its outputs for the last K tokens, and what a gradient of those makes of x's and the parameters'. */
  const run = (block: (x: tf.Tensor2D, parameters: Record<string, tf.Tensor>) => tf.Tensor) => {
    const f = (x: tf.Tensor, ...weights: tf.Tensor[]) =>
      block(x as tf.Tensor2D, Object.fromEntries(names.map((name, i) => [`b.${name}`, weights[i]!])));
    const inputs = [wave([B * N, D], 0.5), ...Object.values(shapes).map(wave)];
    const [x, ...weights] = inputs;
    const gradients = tf.grads(f)(inputs, wave([B * K, D], 0.9));
    return [f(x!, ...weights), ...gradients].map((tensor) => tensor.dataSync());
  };

  describe.each(['none', 'elementwise', 'block'] as const)('recomputing %s', (recompute) => {
    it.each([
      ['', {}],
      [' with factors of the branches', { branchScale: [1, 0.5, 0, 2] }],
      [' with padding', { present: [1, 1, 0, 1, 0] }],
      [' with both', { branchScale: [0, 2, 1, 0.5], present: [1, 0, 1, 1, 0] }],
    ])("gives the last of the whole block's outputs and the same gradients%s", (_, given) => {
      const { branchScale, present } = given as { branchScale?: number[]; present?: number[] };
      const more = {
        ...options,
        recompute,
        branchScale: branchScale && tf.tensor2d(branchScale, [2, B]),
        present: present && tf.tensor1d(present),
      };
      const expected = run((x, parameters) => {
        const all = tf.reshape(transformerBlock(x, parameters, 'b', more), [B, N, D]);
        return tf.reshape(tf.slice(all, [0, N - K, 0], [B, K, D]), [B * K, D]);
      });
      const actual = run((x, parameters) => transformerBlock(x, parameters, 'b', { ...more, lastTokens: K }));
      for (const [which, values] of expected.entries()) {
        expect(actual[which]!).toBeAllClose(values, { atol: 5e-5 });
      }
    });
  });
});
