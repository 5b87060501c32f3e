import * as tf from '@tensorflow/tfjs-core';
import { meanOverReplicas, type StepFunction, type TensorRecord } from '@vjepa/engine';

/**
 * A function whose float scalars among the outputs are the means of all hosts', exchanged at once: a host's own loss is
 * of its part of the batch. Other outputs are rows of samples, which stay with their host.
 */
export function scalarsOverHosts(fn: StepFunction): StepFunction {
  const shared: StepFunction = (state, inputs) => {
    const result = fn(state, inputs);
    const names = Object.keys(result.outputs).filter((name) => isFloatScalar(result.outputs[name]!));
    if (names.length === 0) return result;
    const means = meanOverReplicas(tf.stack(names.map((name) => result.outputs[name]!)));
    const each: TensorRecord = Object.fromEntries(tf.unstack(means).map((mean, i) => [names[i]!, mean]));
    return { ...result, outputs: { ...result.outputs, ...each } };
  };
  return Object.assign(shared, { batchAxes: fn.batchAxes });
}

function isFloatScalar({ shape, dtype }: tf.Tensor): boolean {
  return shape.length === 0 && dtype === 'float32';
}
