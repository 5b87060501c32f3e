import * as tf from '@tensorflow/tfjs-core';

/**
 * a * b for matrices, either operand transposed.
 *
 * The WebAssembly backend multiplies transposed operands by a plain loop, some ten times slower than its tuned
 * product; there the transposes are made first.
 */
export function matrixProduct(a: tf.Tensor, b: tf.Tensor, { transposeA = false, transposeB = false } = {}): tf.Tensor {
  if (tf.getBackend() !== 'wasm') return tf.matMul(a, b, transposeA, transposeB);
  return tf.matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b);
}
