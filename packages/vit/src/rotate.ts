import * as tf from '@tensorflow/tfjs-core';

/** What every head's queries and keys are rotated by; each [B, N, head width] (B is 1 where all sequences share it). */
export interface Rotation {
  cosine: tf.Tensor;
  /** With the sign its product is added with: minus on the first channel of a pair. */
  sine: tf.Tensor;
  /**
   * Whether both channels of a pair are turned by the same angle, which is less work on compiled engines. Default: false,
   * which is right for all tables.
   */
  paired?: boolean | undefined;
}

/**
 * Rotates queries and keys: y[2k] = x[2k] cosine[2k] + x[2k+1] sine[2k], y[2k+1] = x[2k+1] cosine[2k+1] + x[2k] sine[2k+1],
 * in every head. Values are passed on.
 *
 * @param qkv [B, N, 3D]: queries, keys, values, each head by head
 * @returns [B, N, 3D]
 */
export function rotate(qkv: tf.Tensor, numHeads: number, { cosine, sine }: Rotation): tf.Tensor {
  return onQueriesAndKeys(qkv, numHeads, (x) =>
    tf.add(tf.mul(x, perHead(cosine)), tf.mul(swapPairs(x), perHead(sine))),
  );
}

/** The gradient of `rotate`, which needs no more than its own: dx = dy cosine + swap(dy sine). */
export function rotateBackward(dy: tf.Tensor, numHeads: number, { cosine, sine }: Rotation): tf.Tensor {
  return onQueriesAndKeys(dy, numHeads, (x) => tf.add(tf.mul(x, perHead(cosine)), swapPairs(tf.mul(x, perHead(sine)))));
}

/** `f` on the [B, N, 2 * heads, e] queries and keys of [B, N, 3D]. */
function onQueriesAndKeys(qkv: tf.Tensor, numHeads: number, f: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  const [B, N, width] = qkv.shape as [number, number, number];
  const D = width / 3;
  const queriesAndKeys = tf.slice(qkv, [0, 0, 0], [B, N, 2 * D]);
  const values = tf.slice(qkv, [0, 0, 2 * D], [B, N, D]);
  const rotated = f(tf.reshape(queriesAndKeys, [B, N, 2 * numHeads, D / numHeads]));
  return tf.concat([tf.reshape(rotated, [B, N, 2 * D]), values], 2);
}

/** [B, N, e] -> [B, N, 1, e] */
function perHead(table: tf.Tensor): tf.Tensor {
  const [B, N, e] = table.shape as [number, number, number];
  return tf.reshape(table, [B, N, 1, e]);
}

/** Exchanges channels 2k and 2k + 1 of [B, N, heads, e]; the last channel of an odd width, never rotated, stays. */
function swapPairs(x: tf.Tensor): tf.Tensor {
  const [B, N, heads, e] = x.shape as [number, number, number, number];
  if (e % 2 === 0) return tf.reshape(tf.reverse(tf.reshape(x, [B, N, (heads * e) / 2, 2]), 3), [B, N, heads, e]);
  const partners = Array.from({ length: e }, (_, i) => Math.min(i ^ 1, e - 1));
  return tf.gather(x, tf.tensor1d(partners, 'int32'), 3);
}
