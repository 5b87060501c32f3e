import * as tf from '@tensorflow/tfjs-core';
import { fill, flatten, outlineOf, type TensorRecord } from '@vjepa/engine';
import { type AdamWSettings, type AdamWSlots, adamW } from './adamw.js';
import { clipCoefficient, globalNorm } from './global-norm.js';
import { isDecayed as isMatrix } from './is-decayed.js';
import type { OptimizerSchedule } from './optimizer-schedule.js';

/** Parameters and AdamW's moments, three records of tensors by the same names, or trees of such records. */
export interface Optimized<Parameters = TensorRecord> {
  parameters: Parameters;
  /** Running means of the gradients. Parameters that are not trained have none. */
  expAvg: Parameters;
  /** Running means of their squares. */
  expAvgSq: Parameters;
}

/** AdamW's numbers, and which parameters learn more slowly. */
export interface OptimizeOptions {
  adamW?: AdamWSettings | undefined;
  /** Factor of the learning rate for each parameter by its path, for layer-wise decay. Default 1 for all. */
  learningRateScale?: ((name: string) => number) | undefined;
  /** Whether weight decay applies to a parameter of this path and rank. Default: to all but biases and vectors. */
  isDecayed?: ((name: string, rank: number) => boolean) | undefined;
}

/**
 * Clips gradients by their common norm and applies AdamW.
 *
 * @param gradients in the form of the parameters; what has none is left alone
 * @returns parameters and moments after the step, and the norm of the gradients before clipping
 * @throws Error if a parameter with a gradient has no moments
 */
export function optimize<Parameters>(
  { parameters, expAvg, expAvgSq }: Optimized<Parameters>,
  gradients: Parameters,
  { clipNorm, ...schedule }: OptimizerSchedule,
  { adamW: settings, learningRateScale = () => 1, isDecayed = isMatrix }: OptimizeOptions = {},
): Optimized<Parameters> & { norm: tf.Scalar } {
  const gradientOf = flatten<tf.Tensor>(gradients);
  const norm = globalNorm(Object.values(gradientOf));
  const coefficient = clipNorm === undefined ? undefined : clipCoefficient(norm, clipNorm);
  // Parameters with one learning rate share the scalars of the update.
  const updates = new Map<number, ReturnType<typeof adamW>>();
  const updateAt = (scale: number) => {
    let update = updates.get(scale);
    if (update === undefined) {
      const learningRate = scale === 1 ? schedule.learningRate : tf.mul(schedule.learningRate, scale);
      update = adamW({ ...schedule, learningRate }, settings);
      updates.set(scale, update);
    }
    return update;
  };
  const next = {
    parameters: flatten<tf.Tensor>(parameters),
    expAvg: flatten<tf.Tensor>(expAvg),
    expAvgSq: flatten<tf.Tensor>(expAvgSq),
  };
  for (const [name, gradient] of Object.entries(gradientOf)) {
    const slots = slotsOf(name, next);
    const clipped = coefficient === undefined ? gradient : tf.mul(gradient, coefficient);
    const updated = updateAt(learningRateScale(name))(slots, clipped, isDecayed(name, slots.parameter.rank));
    if (coefficient !== undefined) clipped.dispose();
    next.parameters[name] = updated.parameter;
    next.expAvg[name] = updated.expAvg;
    next.expAvgSq[name] = updated.expAvgSq;
  }
  const inForm = (of: Parameters, flat: TensorRecord) => fill(outlineOf(of), (name) => flat[name]) as Parameters;
  return {
    parameters: inForm(parameters, next.parameters),
    expAvg: inForm(expAvg, next.expAvg),
    expAvgSq: inForm(expAvgSq, next.expAvgSq),
    norm,
  };
}

function slotsOf(name: string, { parameters, expAvg, expAvgSq }: Optimized): AdamWSlots {
  const [parameter, mean, square] = [parameters[name], expAvg[name], expAvgSq[name]];
  if (parameter && mean && square) return { parameter, expAvg: mean, expAvgSq: square };
  throw new Error(`'${name}' has a gradient, but not all of parameter and moments are given`);
}
