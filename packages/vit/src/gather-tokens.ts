import * as tf from '@tensorflow/tfjs-core';
import { findFusedKernel } from '@vjepa/engine';

/**
 * The tokens at the given places: y[b, k] = x[b, indices[b, k]].
 *
 * @param x [B, N, D]
 * @param indices [B, K] int32, each in 0 .. N - 1
 * @returns [B, K, D]
 */
export function gatherTokens(x: tf.Tensor, indices: tf.Tensor): tf.Tensor3D {
  const fusedGradient = findFusedKernel('VjepaGatherTokensGrad');
  return tf.customGrad((_x, save) => {
    // x is saved for its shape alone, and only where a kernel asks for it.
    (save as tf.GradSaveFunc)(fusedGradient !== undefined ? [indices, x] : [indices]);
    const shape = x.shape as [number, number, number];
    return {
      value: forward(x, indices),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        fusedGradient !== undefined
          ? fusedGradient({ dy, indices: saved[0]!, x: saved[1]! })[0]!
          : scatterTokens(dy, saved[0]!, shape),
    };
  })(x) as tf.Tensor3D;
}

/** Rows of a table shared by the batch: [1, N, D] at [B, K] -> [B, K, D]. */
export function gatherRows(table: tf.Tensor, indices: tf.Tensor): tf.Tensor3D {
  const [B, K] = indices.shape as [number, number];
  return tf.reshape(gatherTokens(table, tf.reshape(indices, [1, B * K])), [B, K, table.shape[2]!]);
}

function forward(x: tf.Tensor, indices: tf.Tensor): tf.Tensor {
  const fused = findFusedKernel('VjepaGatherTokens');
  if (fused !== undefined) return fused({ x, indices })[0]!;
  const [B, N, D] = x.shape as [number, number, number];
  // Rows of a matrix rather than `batchDims: 1`, which the WebAssembly kernel gets wrong for the second sample on.
  const rows = tf.gather(tf.reshape(x, [B * N, D]), flatRows(indices, N));
  return tf.reshape(rows, [B, indices.shape[1]!, D]);
}

/** dx[b, indices[b, k]] += dy[b, k]. */
function scatterTokens(dy: tf.Tensor, indices: tf.Tensor, [B, N, D]: [number, number, number]): tf.Tensor {
  const rows = tf.reshape(flatRows(indices, N), [indices.size, 1]) as tf.Tensor2D;
  return tf.reshape(tf.scatterND(rows, tf.reshape(dy, [indices.size, D]), [B * N, D]), [B, N, D]);
}

/** [B, K] places in sequences of N tokens -> [B * K] rows of the sequences laid one below the other. */
function flatRows(indices: tf.Tensor, N: number): tf.Tensor1D {
  const [B, K] = indices.shape as [number, number];
  if (B === 1) return tf.reshape(indices, [K]);
  const firstRows = tf.reshape(tf.range(0, B * N, N, 'int32'), [B, 1]);
  return tf.reshape(tf.add(indices, firstRows), [B * K]);
}
