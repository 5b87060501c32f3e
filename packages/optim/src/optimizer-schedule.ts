import type * as tf from '@tensorflow/tfjs-core';
import { requireTensor } from '@vjepa/engine';

/** Scalar tensors of one step. */
export interface OptimizerSchedule {
  learningRate: tf.Tensor;
  weightDecay: tf.Tensor;
  /** AdamW's t, counted from 1. */
  step: tf.Tensor;
  /** Largest gradient norm, 0 for no clipping; left out, the gradients are never scaled. */
  clipNorm?: tf.Tensor | undefined;
}

/**
 * The schedule among a step's inputs.
 *
 * @throws Error naming the scalar that is missing
 */
export function optimizerSchedule(
  inputs: {
    [Name in keyof OptimizerSchedule]?: tf.Tensor | undefined;
  },
): OptimizerSchedule {
  return {
    learningRate: requireTensor(inputs, 'learningRate', 'the input'),
    weightDecay: requireTensor(inputs, 'weightDecay', 'the input'),
    step: requireTensor(inputs, 'step', 'the input'),
    clipNorm: inputs.clipNorm,
  };
}
