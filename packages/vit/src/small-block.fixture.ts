import * as tf from '@tensorflow/tfjs-core';

export const width = 8;

/** Numbers between -1.3 and 1.3 without symmetry, that do not repeat: sin of the index, shifted by a seed. */
export const wave = (shape: number[], seed: number) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i + seed) * 1.3),
    shape,
  );

/** The shapes of the parameters of a block of that width. */
export const shapes: Record<string, number[]> = {
  'norm1.weight': [width],
  'norm1.bias': [width],
  'attn.qkv.weight': [3 * width, width],
  'attn.qkv.bias': [3 * width],
  'attn.proj.weight': [width, width],
  'attn.proj.bias': [width],
  'norm2.weight': [width],
  'norm2.bias': [width],
  'mlp.fc1.weight': [2 * width, width],
  'mlp.fc1.bias': [2 * width],
  'mlp.fc2.weight': [width, 2 * width],
  'mlp.fc2.bias': [width],
};
