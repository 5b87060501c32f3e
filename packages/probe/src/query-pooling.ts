import * as tf from '@tensorflow/tfjs-core';

/**
 * Attention of R fixed queries over each sample's tokens: softmax over n of u_r . x_n, and the tokens' mean under it.
 *
 * @param x [B, N, D] tokens, keys and values at once
 * @param u [R, D] queries in the tokens' own space
 * @param options.inputGradient whether x is differentiated too; frozen features are not
 * @returns [B, R, D]
 */
export function queryPooling(
  x: tf.Tensor3D,
  u: tf.Tensor2D,
  { inputGradient }: { inputGradient: boolean },
): tf.Tensor3D {
  const run = (save: tf.GradSaveFunc) => {
    const weights = poolingWeights(x, u);
    const pooled = tf.matMul(weights, x);
    save([x, u, weights, pooled]);
    return {
      value: pooled,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => backward(dy, saved, inputGradient),
    };
  };
  if (inputGradient) return tf.customGrad((_x, _u, save) => run(save as tf.GradSaveFunc))(x, u) as tf.Tensor3D;
  return tf.customGrad((_u, save) => run(save as tf.GradSaveFunc))(u) as tf.Tensor3D;
}

/** [B, R, N] */
function poolingWeights(x: tf.Tensor3D, u: tf.Tensor2D): tf.Tensor3D {
  const [B, N, D] = x.shape;
  const scores = tf.matMul(tf.reshape(x, [B * N, D]), tf.transpose(u));
  return tf.softmax(tf.transpose(tf.reshape(scores, [B, N, u.shape[0]]), [0, 2, 1]));
}

function backward(dy: tf.Tensor, saved: tf.Tensor[], inputGradient: boolean): tf.Tensor[] {
  const [x, u, weights, pooled] = saved as [tf.Tensor3D, tf.Tensor2D, tf.Tensor3D, tf.Tensor3D];
  const [B, N, D] = x.shape;
  const R = u.shape[0];
  // The small operands are transposed, never the tokens.
  const dweights = tf.transpose(tf.matMul(x, tf.transpose(dy, [0, 2, 1])), [0, 2, 1]);
  const dscores = tf.mul(weights, tf.sub(dweights, tf.sum(tf.mul(dy, pooled), -1, true))); // [B, R, N]
  const du = tf.matMul(tf.reshape(tf.transpose(dscores, [1, 0, 2]), [R, B * N]), tf.reshape(x, [B * N, D]));
  if (!inputGradient) return [du];
  const perToken = (t: tf.Tensor) => tf.transpose(t, [0, 2, 1]); // [B, N, R]
  const throughScores = tf.matMul(tf.reshape(perToken(dscores), [B * N, R]), u);
  const dx = tf.add(tf.matMul(perToken(weights), dy), tf.reshape(throughScores, [B, N, D]));
  return [dx, du];
}
