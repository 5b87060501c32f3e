import * as tf from '@tensorflow/tfjs-core';

/**
 * Where models and backends meet. A fused kernel is a costly part of a model or an optimiser that a backend may have as
 * a whole, registered with `tf.registerKernel` under one of these names. Each part looks for its kernel on the active
 * backend at every call and composes ordinary operations of TensorFlow.js where there is none, so a backend registers as
 * many or as few as it likes.
 *
 * | kernel | inputs | attributes | outputs |
 * |---|---|---|---|
 * | VjepaLayerNorm | x [..., D], weight [D], bias [D] | epsilon | y |
 * | VjepaLayerNormGrad | x, weight, dy | epsilon | dx, dweight, dbias |
 * | VjepaGelu | x | | y = x * Phi(x) |
 * | VjepaGeluGrad | x, dy | | dx |
 * | VjepaAttention | qkv [B, N, 3D], perhaps present [N] (0 for padding) | numHeads | y [B, N, D] |
 * | VjepaAttentionGrad | qkv, y, dy, perhaps present | numHeads | dqkv |
 * | VjepaRotaryAttention | qkv, cosine and sine ([1 or B, N, D / numHeads]), perhaps present | numHeads, paired (1 or 0) | y |
 * | VjepaRotaryAttentionGrad | qkv, cosine, sine, y, dy, perhaps present | numHeads, paired | dqkv |
 * | VjepaGatherTokens | x [B, N, D], indices [B, K] int32 | | y [B, K, D] |
 * | VjepaGatherTokensGrad | dy [B, K, D], indices, x (its shape only) | | dx [B, N, D] |
 * | VjepaAdamW | parameter, gradient, expAvg, expAvgSq, learningRate, weightDecay, step (scalars) | beta1, beta2, epsilon | parameter, expAvg, expAvgSq |
 * | VjepaMovingAverage | average, value, momentum (scalar) | | momentum * average + (1 - momentum) * value |
 * | VjepaSquaredNorm | x | | the scalar sum of x^2 |
 * | VjepaRecomputeBarrier | x, after | | x, but not before `after` is known |
 * | VjepaBeginTurn, VjepaEndTurn | x | turn | x; see `inTurn` |
 * | VjepaMeanOverReplicas, VjepaSumOverReplicas, VjepaMinimumOverReplicas | x | | of all replicas' x |
 * | VjepaOppositeReplica | x | | x of the replica that has the part of the batch at its other end |
 *
 * The barrier is an identity for an eager backend, which leaves it out. A backend that records a graph needs it when
 * activations are recomputed: without it the graph's common-subexpression elimination would merge the second forward
 * pass of a block with the first and so keep every activation after all.
 *
 * The last four are for a backend that shares a batch among several devices, and asked for only if it has a property
 * `replicas`.
 */
export type FusedKernelName =
  | 'VjepaLayerNorm'
  | 'VjepaLayerNormGrad'
  | 'VjepaGelu'
  | 'VjepaGeluGrad'
  | 'VjepaAttention'
  | 'VjepaAttentionGrad'
  | 'VjepaRotaryAttention'
  | 'VjepaRotaryAttentionGrad'
  | 'VjepaGatherTokens'
  | 'VjepaGatherTokensGrad'
  | 'VjepaAdamW'
  | 'VjepaMovingAverage'
  | 'VjepaSquaredNorm'
  | 'VjepaRecomputeBarrier'
  | 'VjepaBeginTurn'
  | 'VjepaEndTurn'
  | 'VjepaMeanOverReplicas'
  | 'VjepaSumOverReplicas'
  | 'VjepaMinimumOverReplicas'
  | 'VjepaOppositeReplica';

/** A kernel that does in one operation what takes TensorFlow.js many. */
export type FusedKernel = (inputs: Record<string, tf.Tensor>, attributes?: Record<string, number>) => tf.Tensor[];

/** The kernel of that name if the active backend has registered one. */
export function findFusedKernel(name: FusedKernelName): FusedKernel | undefined {
  if (tf.getKernel(name, tf.getBackend()) == null) return undefined;
  return (inputs, attributes = {}) => {
    const outputs: tf.Tensor | tf.Tensor[] = tf.engine().runKernel(name, inputs, attributes);
    return Array.isArray(outputs) ? outputs : [outputs];
  };
}
