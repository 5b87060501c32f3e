import * as tf from '@tensorflow/tfjs-core';
import '@vjepa/test-kit/all-close';
import { registerGradients } from '@vjepa/engine';
import { BACKENDS, useBackend } from '@vjepa/test-kit/backends';
import { beforeAll, describe, expect, it } from 'vitest';
import { transformerBlock } from './index.js';
import { rotate, rotateBackward } from './rotate.js';
import { shapes, WIDTH, wave } from './small-block.fixture.js';

const [B, N] = [2, 3];
const dot = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b)).dataSync()[0]!;

describe.each(BACKENDS)('rotation on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    registerGradients();
  });

  it.each([
    { headDim: 6, tables: 'of its own for each sequence', sequences: B },
    { headDim: 6, tables: 'shared by the sequences', sequences: 1 },
    { headDim: 7, tables: 'for heads of odd width', sequences: B },
  ])('has the transpose for its gradient: tables $tables', ({ headDim, sequences }) => {
    const rotation = { cosine: wave([sequences, N, headDim], 0.1), sine: wave([sequences, N, headDim], 0.2) };
    const [x, dy] = [wave([B, N, 3 * 2 * headDim], 0.3), wave([B, N, 3 * 2 * headDim], 0.4)];
    expect(dot(rotate(x, 2, rotation), dy)).toBeCloseTo(dot(x, rotateBackward(dy, 2, rotation)), 3);
  });

  it('leaves the last channel of a head of odd width with itself', () => {
    const rotation = { cosine: tf.tensor([0, 0, 0], [1, 1, 3]), sine: tf.tensor([-1, 1, 0], [1, 1, 3]) };
    const y = rotate(tf.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 9]), 1, rotation);
    expect([...y.dataSync()]).toEqual([-2, 1, 0, -5, 4, 0, 7, 8, 9]);
  });
});

describe.each(BACKENDS)('a block with rotated queries and keys on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    registerGradients();
  });

  const names = Object.keys(shapes);
  const block =
    (options: object) =>
    (x: tf.Tensor, ...weights: tf.Tensor[]) => {
      const parameters = Object.fromEntries(names.map((name, i) => [`b.${name}`, weights[i]!]));
      const common = { batchSize: B, numHeads: 2, layerNormEpsilon: 1e-6 };
      return transformerBlock(x as tf.Tensor2D, parameters, 'b', { ...common, ...options });
    };
  const inputs = () => [wave([B * N, WIDTH], 0.5), ...Object.values(shapes).map(wave)];
  const rotation = () => ({ cosine: wave([B, N, WIDTH / 2], 1.1), sine: wave([B, N, WIDTH / 2], 1.2) });

  it('is the block where nothing is turned', () => {
    const still = { cosine: tf.ones([1, N, WIDTH / 2]), sine: tf.zeros([1, N, WIDTH / 2]) };
    const [x, ...weights] = inputs();
    const expected = block({})(x!, ...weights).dataSync();
    expect(block({ rotation: still })(x!, ...weights).dataSync()).toBeAllClose([...expected], { atol: 1e-5 });
  });

  it.each(['none', 'elementwise', 'block'] as const)(
    'has the gradients that finite differences have, recomputing %s',
    (recompute) => {
      const present = tf.tensor1d([1, 1, 0]);
      const branchScale = tf.tensor2d([1, 0.5, 2, 1], [2, B]);
      const f = block({ rotation: rotation(), recompute, present, branchScale });
      const dy = wave([B * N, WIDTH], 0.9);
      const gradients = tf.grads(f)(inputs(), dy);
      const h = 1e-2;
      // The input, the projection to queries, keys and values, and its bias.
      for (const at of [0, 1 + names.indexOf('attn.qkv.weight'), 1 + names.indexOf('attn.qkv.bias')]) {
        const direction = wave(inputs()[at]!.shape, 2.3);
        const moved = (by: number) => {
          const given = inputs();
          given[at] = tf.add(given[at]!, tf.mul(direction, by));
          return dot(f(given[0]!, ...given.slice(1)), dy);
        };
        const slope = (moved(h) - moved(-h)) / (2 * h);
        expect(Math.abs(dot(gradients[at]!, direction) - slope) / Math.abs(slope)).toBeLessThan(2e-2);
      }
    },
  );
});
