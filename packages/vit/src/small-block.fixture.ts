import * as tf from '@tensorflow/tfjs-core';

export const WIDTH = 8;

/** Numbers between -1.3 and 1.3 without symmetry, that do not repeat: sin of the index, shifted by a seed. */
export const wave = (shape: number[], seed: number) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i + seed) * 1.3),
    shape,
  );

/** The shapes of the parameters of a block of that width. */
export const shapes: Record<string, number[]> = {
  'norm1.weight': [WIDTH],
  'norm1.bias': [WIDTH],
  'attn.qkv.weight': [3 * WIDTH, WIDTH],
  'attn.qkv.bias': [3 * WIDTH],
  'attn.proj.weight': [WIDTH, WIDTH],
  'attn.proj.bias': [WIDTH],
  'norm2.weight': [WIDTH],
  'norm2.bias': [WIDTH],
  'mlp.fc1.weight': [2 * WIDTH, WIDTH],
  'mlp.fc1.bias': [2 * WIDTH],
  'mlp.fc2.weight': [WIDTH, 2 * WIDTH],
  'mlp.fc2.bias': [WIDTH],
};
