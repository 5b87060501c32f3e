import * as tf from '@tensorflow/tfjs-core';
import { type FusedKernelName, findFusedKernel } from './fused-kernels.js';

/**
 * Several devices may share a batch: a backend then runs a replica of the function on each, with an equal part of the
 * samples, and its property `replicas` says how many there are. What must be of the whole batch goes through one of the
 * functions here. On one device, and on every backend without that property, each is nothing: the tensor itself.
 */
type OfReplicas = { replicas?: number | undefined; acrossHosts?: boolean | undefined };

/** Among how many replicas the batch is shared; undefined where there is one device. */
function replicaCount(): number | undefined {
  return (tf.backend() as OfReplicas).replicas;
}

function acrossReplicas(name: FusedKernelName, x: tf.Tensor): tf.Tensor {
  const kernel = replicaCount() === undefined ? undefined : findFusedKernel(name);
  return kernel === undefined ? x : kernel({ x })[0]!;
}

/** The mean of each replica's x, which has the same shape on all. */
export function meanOverReplicas(x: tf.Tensor): tf.Tensor {
  return acrossReplicas('VjepaMeanOverReplicas', x);
}

/** How much is exchanged at once between hosts, in elements: 16 MiB of float32, where a network is at its best. */
const EXCHANGE = 4 * 2 ** 20;

/**
 * Of each of several tensors the mean of all replicas'. Between hosts an exchange takes a while however small it is, so
 * that small ones go together.
 */
export function meansOverReplicas(tensors: readonly tf.Tensor[]): tf.Tensor[] {
  const { acrossHosts = false } = tf.backend() as OfReplicas;
  if (!acrossHosts) return tensors.map(meanOverReplicas);
  return inParts(tensors).flatMap((part) => {
    if (part.length === 1) return part.map(meanOverReplicas);
    const all = meanOverReplicas(tf.concat(part.map((x) => tf.reshape(x, [-1]))));
    let before = 0;
    return part.map(({ size, shape }) => {
      const own = tf.slice(all, [before], [size]);
      before += size;
      return tf.reshape(own, shape);
    });
  });
}

/** Tensors that follow each other, together as large as an exchange may be; a larger one by itself. */
function inParts(tensors: readonly tf.Tensor[]): tf.Tensor[][] {
  const parts: tf.Tensor[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const tensor of tensors) {
    size += tensor.size;
    if (size <= EXCHANGE) parts.at(-1)!.push(tensor);
    else {
      parts.push([tensor]);
      size = tensor.size;
    }
  }
  return parts;
}

/** The sum of each replica's x: of a count of samples, the count in the whole batch. */
export function sumOverReplicas(x: tf.Tensor): tf.Tensor {
  return acrossReplicas('VjepaSumOverReplicas', x);
}

/** The least of each replica's x, element by element. */
export function minimumOverReplicas(x: tf.Tensor): tf.Tensor {
  return acrossReplicas('VjepaMinimumOverReplicas', x);
}

/** The samples of the whole batch in reverse, or of it this replica's part. [B, ...] -> [B, ...] */
export function reverseBatch(x: tf.Tensor): tf.Tensor {
  return tf.reverse(acrossReplicas('VjepaOppositeReplica', x), 0);
}

/** How many samples the whole batch has, of which this replica has `samples`. */
export function samplesOverReplicas(samples: number): number {
  return samples * (replicaCount() ?? 1);
}
