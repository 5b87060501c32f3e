import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from '@vjepa/engine';
import { BACKENDS, useBackend } from '@vjepa/test-kit/backends';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attention, gatherTokens, gelu, layerNorm, linear, type Recompute, transformerBlock } from './index.js';
import { wave } from './small-block.fixture.js';

type Differentiable = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Every output element counts differently. */
const weighted = (y: tf.Tensor) => tf.sum(tf.mul(y, wave(y.shape, 0.3)));

const gradientsOf = (f: Differentiable, inputs: tf.Tensor[]) =>
  tf
    .grads((...xs: tf.Tensor[]) => weighted(f(...xs)))(inputs)
    .map((gradient) => gradient.dataSync() as Float32Array);

/** Fourth-order central difference of the weighted sum along `direction` of input `which`. */
function directionalDerivative(f: Differentiable, inputs: tf.Tensor[], which: number, direction: tf.Tensor): number {
  const at = (distance: number) => {
    const moved = tf.add(inputs[which]!, tf.mul(direction, distance));
    return weighted(f(...inputs.map((input, i) => (i === which ? moved : input)))).dataSync()[0]!;
  };
  const h = 0.02;
  return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
}

function expectTrueGradients(f: Differentiable, inputs: tf.Tensor[]): void {
  const gradients = gradientsOf(f, inputs);
  inputs.forEach((input, i) => {
    for (const seed of [20 + i, 50 + i]) {
      const direction = wave(input.shape, seed);
      const expected = directionalDerivative(f, inputs, i, direction);
      const directions = direction.dataSync();
      const actual = gradients[i]!.reduce((sum, value, j) => sum + value * directions[j]!, 0);
      expect(Math.abs(actual - expected), `input ${i}`).toBeLessThan(4e-3 * Math.max(1, Math.abs(expected)));
    }
  });
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThan(tolerance);
}

describe.each(BACKENDS)('hand-written gradients on %s are central differences', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    registerGradients();
  });

  beforeEach(() => {
    const before = tf.memory().numTensors;
    tf.engine().startScope();
    return () => {
      tf.engine().endScope();
      expect(tf.memory().numTensors, 'tensors left behind').toBe(before);
    };
  });

  it('linear', () => {
    const inputs = [wave([5, 4], 0), wave([3, 4], 1), wave([3], 2)];
    expectTrueGradients(((x, w, b) => linear(x!, w!, b!)) as Differentiable, inputs);
    const ofData = (w: tf.Tensor, b: tf.Tensor) => linear(inputs[0]!, w, b, { inputGradient: false });
    expectTrueGradients(ofData as Differentiable, inputs.slice(1));
  });

  it.each([[[6, 8]], [[2, 3, 8]]])('layerNorm over %j', (shape) => {
    const inputs = [wave(shape, 0), wave([8], 1), wave([8], 2)];
    expectTrueGradients(((x, w, b) => layerNorm(x!, w!, b!, 1e-6)) as Differentiable, inputs);
  });

  it('gelu, which is x * Phi(x) at known points', () => {
    // Phi(1) = 0.8413447461, phi(1) = 0.2419707245; Phi(-2) = 0.0227501319, phi(-2) = 0.0539909665.
    const x = tf.tensor1d([0, 1, -2]);
    expectClose(gelu(x).dataSync(), [0, 0.8413447461, -0.0455002639], 1e-6);
    const slope = tf.grad((t: tf.Tensor) => tf.sum(gelu(t)))(x);
    expectClose(slope.dataSync(), [0.5, 1.0833154706, -0.085231801], 1e-6);
  });

  it('attention, which is a softmax over the products of queries and keys', () => {
    const qkv = wave([2, 5, 3 * 8], 0);
    const [q, k, v] = tf
      .split(qkv, 3, 2)
      .map((part) => tf.transpose(tf.reshape(part, [2, 5, 2, 4]), [0, 2, 1, 3]).arraySync()) as number[][][][][];
    // Second sample, second head, third query, by the formula.
    const scores = k![1]![1]!.map((key) => Math.exp(key.reduce((sum, x, i) => sum + x * q![1]![1]![2]![i]!, 0) / 2));
    const total = scores.reduce((a, b) => a + b, 0);
    const expected = [0, 1, 2, 3].map((i) => scores.reduce((sum, s, j) => sum + (s / total) * v![1]![1]![j]![i]!, 0));
    const y = attention(qkv as tf.Tensor3D, 2);
    expectClose(y.arraySync()[1]![2]!.slice(4), expected, 1e-5);
    expectTrueGradients(((x) => attention(x as tf.Tensor3D, 2)) as Differentiable, [qkv]);
  });

  it('gatherTokens, also where a token is taken twice', () => {
    const x = wave([2, 4, 3], 0);
    const indices = tf.tensor2d(
      [
        [3, 0, 3],
        [1, 2, 0],
      ],
      undefined,
      'int32',
    );
    const values = x.arraySync() as number[][][];
    const expected = [values[0]![3], values[0]![0], values[0]![3], values[1]![1], values[1]![2], values[1]![0]].flat();
    expectClose(gatherTokens(x, indices).dataSync(), expected as number[], 1e-7);
    expectTrueGradients(((t) => gatherTokens(t!, indices)) as Differentiable, [x]);
  });

  it('a block, whatever it recomputes', () => {
    const D = 8;
    const parameters = {
      'b.norm1.weight': tf.add(wave([D], 1), 2),
      'b.norm1.bias': wave([D], 2),
      'b.attn.qkv.weight': tf.mul(wave([3 * D, D], 3), 0.3),
      'b.attn.qkv.bias': wave([3 * D], 4),
      'b.attn.proj.weight': wave([D, D], 5),
      'b.attn.proj.bias': wave([D], 6),
      'b.norm2.weight': tf.add(wave([D], 7), 2),
      'b.norm2.bias': wave([D], 8),
      'b.mlp.fc1.weight': tf.mul(wave([16, D], 9), 0.3),
      'b.mlp.fc1.bias': wave([16], 10),
      'b.mlp.fc2.weight': wave([D, 16], 11),
      'b.mlp.fc2.bias': wave([D], 12),
    };
    const names = Object.keys(parameters);
    const inputs = [wave([6, D], 0), ...Object.values(parameters)];
    const branchScale = tf.tensor2d([
      [1, 0.5],
      [0, 2],
    ]);
    const block =
      (recompute: Recompute): Differentiable =>
      (x, ...weights) =>
        transformerBlock(x as tf.Tensor2D, Object.fromEntries(names.map((name, i) => [name, weights[i]!])), 'b', {
          batchSize: 2,
          numHeads: 2,
          layerNormEpsilon: 1e-6,
          recompute,
          branchScale,
        });
    expectTrueGradients(block('none'), inputs);
    const kept = gradientsOf(block('none'), inputs);
    for (const recompute of ['elementwise', 'block'] as const) {
      gradientsOf(block(recompute), inputs).forEach((values, i) => {
        expectClose(values, kept[i]!, 1e-5);
      });
    }
  });
});

describe('registerGradients', () => {
  beforeAll(() => useBackend('cpu'));

  it('differentiates the ops between the pieces', () => {
    registerGradients();
    const inputs = [wave([2, 3, 4], 0), wave([2, 2, 4], 1), wave([1, 1, 4], 2)];
    const f = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => {
      const joined = tf.concat([a, tf.mul(b, c)], 1);
      const turned = tf.transpose(tf.sub(joined, tf.clone(c)), [2, 0, 1]);
      return tf.sum(tf.reshape(tf.slice(turned, [1, 0, 1], [2, 2, 3]), [4, 3]), 1);
    };
    expectTrueGradients(f as Differentiable, inputs);
  });

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('differentiates products, transposed %s and %s', (transposeA, transposeB) => {
    const inputs = [wave(transposeA ? [2, 4, 3] : [2, 3, 4], 0), wave(transposeB ? [2, 5, 4] : [2, 4, 5], 1)];
    expectTrueGradients(((a, b) => tf.matMul(a!, b!, transposeA, transposeB)) as Differentiable, inputs);
  });
});
