import * as tf from '@tensorflow/tfjs-core';
import { matrixProduct } from './matrix-product.js';

/**
 * Attention for the WebAssembly backend: its tuned product takes single matrices only, and its products of stacks of
 * matrices are some five times slower than one product per matrix. One head at a time also means that only one
 * token x token matrix is in memory.
 *
 * @param qkv [B, N, 3D]
 * @returns [B, N, D]
 */
export function forwardHeadByHead(qkv: tf.Tensor, numHeads: number): tf.Tensor {
  const matrices = headMatrices(qkv, 3 * numHeads);
  const outputs = eachHead(qkv.shape[0]!, numHeads, (rows) => {
    const [q, k, v] = rows.map(matrices) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return [matrixProduct(headWeights(q, k), v)];
  });
  return joinHeads(
    outputs.map(([output]) => output!),
    numHeads,
  );
}

/** dqkv of `forwardHeadByHead`; y is its result. */
export function backwardHeadByHead(dy: tf.Tensor, qkv: tf.Tensor, y: tf.Tensor, numHeads: number): tf.Tensor {
  const B = qkv.shape[0]!;
  const [matrices, outputs, gradients] = [
    headMatrices(qkv, 3 * numHeads),
    headMatrices(y, numHeads),
    headMatrices(dy, numHeads),
  ];
  const parts = eachHead(B, numHeads, (rows, index) => {
    const [q, k, v] = rows.map(matrices) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const dout = gradients(index);
    const weights = headWeights(q, k);
    const rowSums = tf.sum(tf.mul(dout, outputs(index)), -1, true);
    const dscores = tf.mul(weights, tf.sub(matrixProduct(dout, v, { transposeB: true }), rowSums));
    const scale = 1 / Math.sqrt(q.shape[1]!);
    const dq = tf.mul(matrixProduct(dscores, k), scale);
    const dk = tf.mul(matrixProduct(dscores, q, { transposeA: true }), scale);
    return [dq, dk, matrixProduct(weights, dout, { transposeA: true })];
  });
  // In the order of qkv's heads: a sample's queries, then its keys, then its values.
  const ordered = Array.from({ length: B }, (_, b) => parts.slice(b * numHeads, (b + 1) * numHeads)).flatMap((heads) =>
    [0, 1, 2].flatMap((part) => heads.map((head) => head[part]!)),
  );
  return joinHeads(ordered, 3 * numHeads);
}

/** [N, hd] twice -> softmax(q k^T / sqrt(hd)), [N, N]. */
function headWeights(q: tf.Tensor, k: tf.Tensor): tf.Tensor {
  return tf.softmax(matrixProduct(tf.mul(q, 1 / Math.sqrt(q.shape[1]!)), k, { transposeB: true }));
}

/** Runs `f` for every sample and head with the rows of its query, key and value, and the row of its output. */
function eachHead(B: number, numHeads: number, f: (rows: number[], index: number) => tf.Tensor[]): tf.Tensor[][] {
  return Array.from({ length: B * numHeads }, (_, index) => {
    const first = Math.floor(index / numHeads) * 3 * numHeads + (index % numHeads);
    return tf.tidy(() => f([first, first + numHeads, first + 2 * numHeads], index));
  });
}

/** [B, N, heads * hd] -> a function that gives the [N, hd] matrix of one of the B * heads heads. */
function headMatrices(x: tf.Tensor, heads: number): (row: number) => tf.Tensor {
  const [B, N, D] = x.shape as [number, number, number];
  const hd = D / heads;
  const split = tf.transpose(tf.reshape(x, [B, N, heads, hd]), [0, 2, 1, 3]);
  const rows = tf.reshape(split, [B * heads, N * hd]);
  // This backend's slice copies the whole tensor to JavaScript first; its gather does not.
  return (row) => tf.reshape(tf.gather(rows, tf.tensor1d([row], 'int32')), [N, hd]);
}

/** B * heads matrices [N, hd] -> [B, N, heads * hd]. */
function joinHeads(matrices: tf.Tensor[], heads: number): tf.Tensor {
  const [N, hd] = matrices[0]!.shape as [number, number];
  const B = matrices.length / heads;
  const stacked = tf.reshape(tf.concat(matrices, 0), [B, heads, N, hd]);
  return tf.reshape(tf.transpose(stacked, [0, 2, 1, 3]), [B, N, heads * hd]);
}
