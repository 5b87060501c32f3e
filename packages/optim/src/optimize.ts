import * as tf from '@tensorflow/tfjs-core';
import { requireTensor, type TensorRecord } from '@vjepa/engine';
import { type AdamWSettings, adamW } from './adamw.js';
import { clipCoefficient, globalNorm } from './global-norm.js';
import { isDecayed } from './is-decayed.js';

/** What a schedule gives AdamW for one step. */
export interface OptimizerInputs {
  /** Scalar tensors of this step. */
  learning_rate: tf.Tensor;
  weight_decay: tf.Tensor;
  /** AdamW's t, counted from 1. */
  step: tf.Tensor;
  /** Largest gradient norm, 0 for no clipping; left out, the gradients are never scaled. */
  clip_norm?: tf.Tensor | undefined;
}

/** AdamW's numbers, and which parameters learn more slowly. */
export interface OptimizeOptions {
  adamW: AdamWSettings;
  /** Factor of the learning rate for each parameter, for layer-wise decay. Default 1 for all. */
  learningRateScale?: ((name: string) => number) | undefined;
}

/**
 * Clips the gradients of one model and applies AdamW to it.
 *
 * @param state holds the parameters `<prefix><name>` and AdamW's `exp_avg.<prefix><name>`, `exp_avg_sq.<prefix><name>`
 * @param gradients by the names in `state`; parameters without one are left alone
 * @returns the changed entries of the state, and the norm of the gradients before clipping
 */
export function optimize(
  state: TensorRecord,
  gradients: TensorRecord,
  inputs: OptimizerInputs,
  { adamW: settings, learningRateScale = () => 1 }: OptimizeOptions,
): { state: TensorRecord; norm: tf.Scalar } {
  const norm = globalNorm(Object.values(gradients));
  const coefficient = inputs.clip_norm === undefined ? undefined : clipCoefficient(norm, inputs.clip_norm);
  const { learning_rate: learningRate, weight_decay: weightDecay, step } = inputs;
  // Parameters with one learning rate share the scalars of the update.
  const updates = new Map<number, ReturnType<typeof adamW>>();
  const updateAt = (scale: number) => {
    let update = updates.get(scale);
    if (update === undefined) {
      const rate = scale === 1 ? learningRate : tf.mul(learningRate, scale);
      update = adamW({ learningRate: rate, weightDecay, step }, settings);
      updates.set(scale, update);
    }
    return update;
  };
  const changed: TensorRecord = {};
  for (const [name, gradient] of Object.entries(gradients)) {
    const parameter = state[name]!;
    const slots = {
      parameter,
      expAvg: requireTensor(state, `exp_avg.${name}`, 'the state'),
      expAvgSq: requireTensor(state, `exp_avg_sq.${name}`, 'the state'),
    };
    const clipped = coefficient === undefined ? gradient : tf.mul(gradient, coefficient);
    const next = updateAt(learningRateScale(name))(slots, clipped, isDecayed(name, parameter.rank));
    if (coefficient !== undefined) clipped.dispose();
    changed[name] = next.parameter;
    changed[`exp_avg.${name}`] = next.expAvg;
    changed[`exp_avg_sq.${name}`] = next.expAvgSq;
  }
  return { state: changed, norm };
}
