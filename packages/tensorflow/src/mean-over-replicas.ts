import * as tf from '@tensorflow/tfjs-core';
import { TraceBackend } from './trace/trace-backend.js';

/**
 * Each tensor averaged over the replicas of a function that is compiled for several devices; the tensors themselves on
 * one device and outside compiled functions. For gradients: the mean over replicas of gradients of means over parts of a
 * batch is the gradient of the mean over the batch.
 */
export function meanOverReplicas(tensors: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
  const backend = tf.backend();
  if (!(backend instanceof TraceBackend) || backend.replicas === undefined) return tensors;
  return Object.fromEntries(
    Object.entries(tensors).map(([name, x]) => {
      const [mean]: tf.Tensor[] = tf.engine().runKernel('VjepaMeanOverReplicas', { x });
      return [name, mean!];
    }),
  );
}
