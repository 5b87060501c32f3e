import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from '@vjepa/engine';
import { BACKENDS, useBackend } from '@vjepa/test-kit/backends';
import { beforeAll, describe, expect, it } from 'vitest';
import { presentTokens, transformerBlock } from './index.js';
import { WIDTH as D, shapes, wave } from './small-block.fixture.js';

const [B, N, PADDING] = [2, 5, 3];

describe.each(BACKENDS)('padding on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    registerGradients();
  });

  it('is what comes after the length', () => {
    expect([...presentTokens(4, tf.scalar(3, 'int32')).dataSync()]).toEqual([1, 1, 1, 0]);
    expect([...presentTokens(2, tf.scalar(2, 'int32')).dataSync()]).toEqual([1, 1]);
  });

  it.each(['none', 'elementwise', 'block'] as const)(
    'changes nothing of a block for the tokens that are there, recomputing %s',
    (recompute) => {
      const parameters = Object.fromEntries(
        Object.entries(shapes).map(([name, shape], i) => [`b.${name}`, wave(shape, i)]),
      );
      const x = wave([B, N, D], 0.5);
      const dy = wave([B, N, D], 0.9);
      const options = { batchSize: B, numHeads: 2, layerNormEpsilon: 1e-6, recompute };
      const run = (padding: number, fill: number) => {
        const size = N + padding;
        const pad = (tokens: tf.Tensor, value: number) =>
          tf.pad(
            tokens,
            [
              [0, 0],
              [0, padding],
              [0, 0],
            ],
            value,
          );
        const present = padding > 0 ? presentTokens(size, tf.scalar(N, 'int32')) : undefined;
        const block = (tokens: tf.Tensor, ...weights: tf.Tensor[]) => {
          const given = Object.fromEntries(Object.keys(parameters).map((name, i) => [name, weights[i]!]));
          const rows = tf.reshape(tokens, [B * size, D]) as tf.Tensor2D;
          return tf.reshape(transformerBlock(rows, given, 'b', { ...options, present }), [B, size, D]);
        };
        const inputs = [pad(x, fill), ...Object.values(parameters)];
        const y = block(inputs[0]!, ...inputs.slice(1));
        const gradients = tf.grads((...args: tf.Tensor[]) => block(args[0]!, ...args.slice(1)))(inputs, pad(dy, 0));
        const there = (tokens: tf.Tensor) => tf.slice(tokens, [0, 0, 0], [B, N, D]).dataSync();
        const behind = tf.slice(gradients[0]!, [0, N, 0], [B, padding, D]).dataSync();
        return { tokens: [there(y), there(gradients[0]!), ...gradients.slice(1).map((g) => g.dataSync())], behind };
      };
      const plain = run(0, 0);
      const other = run(PADDING, 2.5);
      for (const [which, expected] of plain.tokens.entries()) {
        for (const [i, value] of expected.entries()) expect(other.tokens[which]![i]).toBeCloseTo(value, 4);
      }
      expect(other.behind.every((gradient) => gradient === 0)).toBe(true);
    },
  );
});
