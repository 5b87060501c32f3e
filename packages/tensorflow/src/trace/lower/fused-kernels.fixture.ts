import * as tf from '@tensorflow/tfjs-core';
import type { TensorRecord } from '@vjepa/engine';

/** Calls a fused kernel of the tracer, as a model would. */
export function fusedKernel(name: string, inputs: TensorRecord, attributes: Record<string, number> = {}): tf.Tensor[] {
  const outputs: tf.Tensor | tf.Tensor[] = tf.engine().runKernel(name, inputs, attributes);
  return Array.isArray(outputs) ? outputs : [outputs];
}

export type FloatTensor = { shape: number[]; data: Float32Array };

/** Numbers between -scale and scale that do not repeat. */
export function values(shape: number[], seed: number, scale = 1): FloatTensor {
  const data = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => scale * Math.sin(i * 1.37 + seed));
  return { shape, data };
}
