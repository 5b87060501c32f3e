import * as tf from '@tensorflow/tfjs-core';
import { findFusedKernel } from './fused-kernels.js';
import { backwardHeadByHead, forwardHeadByHead } from './head-by-head-attention.js';

/**
 * Multi-head self-attention without its projections: softmax(q k^T / sqrt(D / heads)) v for every head, every token
 * attending to every token.
 *
 * @param qkv [B, N, 3D]: queries, then keys, then values, each split head by head
 * @param numHeads divides D
 * @returns [B, N, D], heads side by side; the backward pass keeps qkv and the result only and computes the attention
 *   weights again
 */
export function attention(qkv: tf.Tensor3D, numHeads: number): tf.Tensor3D {
  return tf.customGrad((_qkv, save) => {
    const y = attentionForward(qkv, numHeads);
    (save as tf.GradSaveFunc)([qkv, y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => attentionBackward(dy, saved[0]!, saved[1]!, numHeads),
    };
  })(qkv) as tf.Tensor3D;
}

export function attentionForward(qkv: tf.Tensor, numHeads: number): tf.Tensor {
  const fused = findFusedKernel('VjepaAttention');
  if (fused !== undefined) return fused({ qkv }, { numHeads })[0]!;
  if (tf.getBackend() === 'wasm') return forwardHeadByHead(qkv, numHeads);
  const { q, k, v } = splitQueriesKeysValues(qkv, numHeads);
  return mergeHeads(tf.matMul(attentionWeights(q, k), v));
}

/** dqkv */
export function attentionBackward(dy: tf.Tensor, qkv: tf.Tensor, y: tf.Tensor, numHeads: number): tf.Tensor {
  const fused = findFusedKernel('VjepaAttentionGrad');
  if (fused !== undefined) return fused({ qkv, y, dy }, { numHeads })[0]!;
  if (tf.getBackend() === 'wasm') return backwardHeadByHead(dy, qkv, y, numHeads);
  const { q, k, v } = splitQueriesKeysValues(qkv, numHeads);
  const weights = attentionWeights(q, k);
  const dout = splitHeads(dy, numHeads);
  const dv = tf.matMul(weights, dout, true, false);
  // The softmax's gradient needs sum_j w_ij dw_ij for every query i, which equals dout_i . out_i.
  const rowSums = tf.sum(tf.mul(dout, splitHeads(y, numHeads)), -1, true);
  const dscores = tf.mul(weights, tf.sub(tf.matMul(dout, v, false, true), rowSums));
  const scale = 1 / Math.sqrt(q.shape[3]!);
  const dq = tf.mul(tf.matMul(dscores, k), scale);
  const dk = tf.mul(tf.matMul(dscores, q, true, false), scale);
  return mergeQueriesKeysValues(dq, dk, dv);
}

/** softmax(q k^T / sqrt(head width)): [B, heads, N, hd] twice -> [B, heads, N, N]. */
function attentionWeights(q: tf.Tensor, k: tf.Tensor): tf.Tensor {
  const scale = 1 / Math.sqrt(q.shape[3]!);
  return tf.softmax(tf.matMul(tf.mul(q, scale), k, false, true));
}

/** [B, N, D] -> [B, heads, N, D / heads]. */
export function splitHeads(x: tf.Tensor, numHeads: number): tf.Tensor4D {
  const [B, N, D] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [B, N, numHeads, D / numHeads]), [0, 2, 1, 3]);
}

/** [B, heads, N, hd] -> [B, N, heads * hd]. */
export function mergeHeads(x: tf.Tensor): tf.Tensor3D {
  const [B, heads, N, hd] = x.shape as [number, number, number, number];
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [B, N, heads * hd]);
}

/** As 3 * heads heads in one transpose of rank 4; higher ranks are slow on every backend. */
function splitQueriesKeysValues(qkv: tf.Tensor, numHeads: number) {
  const [q, k, v] = tf.split(splitHeads(qkv, 3 * numHeads), 3, 1);
  return { q: q!, k: k!, v: v! };
}

function mergeQueriesKeysValues(dq: tf.Tensor, dk: tf.Tensor, dv: tf.Tensor): tf.Tensor {
  return mergeHeads(tf.concat([dq, dk, dv], 1));
}
