import * as tf from '@tensorflow/tfjs-core';
import { findFusedKernel } from '@vjepa/engine';
import { backwardHeadByHead, forwardHeadByHead } from './head-by-head-attention.js';
import { type Rotation, rotate, rotateBackward } from './rotate.js';

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

/** What attention may be given beside queries, keys and values; see `BlockOptions`. */
export interface AttentionOptions {
  present?: tf.Tensor | undefined;
  rotation?: Rotation | undefined;
}

export function attentionForward(qkv: tf.Tensor, numHeads: number, options: AttentionOptions = {}): tf.Tensor {
  const { present, rotation } = options;
  const fused = findFusedKernel(rotation === undefined ? 'VjepaAttention' : 'VjepaRotaryAttention');
  if (fused !== undefined) return fused({ qkv, ...kernelInputs(options) }, kernelAttributes(numHeads, rotation))[0]!;
  if (rotation !== undefined) return attentionForward(rotate(qkv, numHeads, rotation), numHeads, { present });
  if (present !== undefined) {
    return sampleBySample([qkv], numHeads, ([sample]) => composedForward(sample, numHeads, present));
  }
  if (tf.getBackend() === 'wasm') return forwardHeadByHead(qkv, numHeads);
  return composedForward(qkv, numHeads);
}

function composedForward(qkv: tf.Tensor, numHeads: number, present?: tf.Tensor): tf.Tensor {
  const { q, k, v } = splitQueriesKeysValues(qkv, numHeads);
  return mergeHeads(tf.matMul(attentionWeights(q, k, present), v));
}

/** dqkv */
export function attentionBackward(
  dy: tf.Tensor,
  qkv: tf.Tensor,
  y: tf.Tensor,
  numHeads: number,
  options: AttentionOptions = {},
): tf.Tensor {
  const { present, rotation } = options;
  const fused = findFusedKernel(rotation === undefined ? 'VjepaAttentionGrad' : 'VjepaRotaryAttentionGrad');
  if (fused !== undefined) {
    return fused({ qkv, y, dy, ...kernelInputs(options) }, kernelAttributes(numHeads, rotation))[0]!;
  }
  if (rotation !== undefined) {
    const drotated = attentionBackward(dy, rotate(qkv, numHeads, rotation), y, numHeads, { present });
    return rotateBackward(drotated, numHeads, rotation);
  }
  if (present !== undefined) {
    return sampleBySample([dy, qkv, y], numHeads, (samples) => composedBackward(samples, numHeads, present));
  }
  if (tf.getBackend() === 'wasm') return backwardHeadByHead(dy, qkv, y, numHeads);
  return composedBackward([dy, qkv, y], numHeads);
}

function kernelInputs({ present, rotation }: AttentionOptions): Record<string, tf.Tensor> {
  return { ...(present && { present }), ...(rotation && { cosine: rotation.cosine, sine: rotation.sine }) };
}

function kernelAttributes(numHeads: number, rotation: Rotation | undefined): Record<string, number> {
  return { numHeads, ...(rotation && { paired: rotation.paired ? 1 : 0 }) };
}

/** What the backward pass is computed from, each [B, N, ...]. */
type Backward = [dy: tf.Tensor, qkv: tf.Tensor, y: tf.Tensor];

function composedBackward([dy, qkv, y]: Backward, numHeads: number, present?: tf.Tensor): tf.Tensor {
  const { q, k, v } = splitQueriesKeysValues(qkv, numHeads);
  const weights = attentionWeights(q, k, present);
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

/** softmax(q k^T / sqrt(head width)): [B, heads, N, hd] twice -> [B, heads, N, N]; 0 for keys that are padding. */
function attentionWeights(q: tf.Tensor, k: tf.Tensor, present?: tf.Tensor): tf.Tensor {
  const scale = 1 / Math.sqrt(q.shape[3]!);
  const scores = tf.matMul(tf.mul(q, scale), k, false, true);
  if (present === undefined) return tf.softmax(scores);
  return tf.softmax(tf.add(scores, tf.mul(tf.sub(present, 1), FAR)));
}

/** So far below any score that its exponential is exactly 0. */
const FAR = 1e9;

/** Most elements of token x token matrices that are in memory at once. */
const MOST_SCORES = 2 ** 26;

/** Attention on parts of a batch that are small enough, one after the other. Every tensor is [B, ...]. */
function sampleBySample<Tensors extends [tf.Tensor, ...tf.Tensor[]]>(
  tensors: Tensors,
  numHeads: number,
  attend: (part: Tensors) => tf.Tensor,
): tf.Tensor {
  const [B, N] = tensors[0].shape as [number, number];
  const samples = Math.max(1, Math.floor(MOST_SCORES / (numHeads * N * N)));
  if (samples >= B) return attend(tensors);
  const sizes = Array.from({ length: Math.ceil(B / samples) }, (_, i) => Math.min(samples, B - i * samples));
  const parts = tensors.map((tensor) => tf.split(tensor, sizes, 0));
  return tf.concat(sizes.map((_, i) => attend(parts.map((part) => part[i]!) as Tensors)));
}

/** [B, N, D] -> [B, heads, N, D / heads]. */
function splitHeads(x: tf.Tensor, numHeads: number): tf.Tensor4D {
  const [B, N, D] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [B, N, numHeads, D / numHeads]), [0, 2, 1, 3]);
}

/** [B, heads, N, hd] -> [B, N, heads * hd]. */
function mergeHeads(x: tf.Tensor): tf.Tensor3D {
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
