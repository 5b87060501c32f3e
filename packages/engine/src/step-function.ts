import type * as tf from '@tensorflow/tfjs-core';

/** Tensors by name. */
export type TensorRecord = Record<string, tf.Tensor>;

/**
 * One step: a pure function from state and inputs to new state and outputs, written in ordinary operations of
 * TensorFlow.js. State that it does not return stays as it was.
 *
 * It looks at shapes only, never at values, so it can be run eagerly on any backend or traced into a graph. It neither
 * disposes nor changes what it is given; a state tensor that the step leaves as it is comes back as the same object.
 * The caller owns everything that is returned.
 */
export interface StepFunction {
  (state: TensorRecord, inputs: TensorRecord): { state: TensorRecord; outputs: TensorRecord };
  /**
   * For an engine that shares a batch among several devices: the axis of an input along which its samples lie, or `whole`
   * for one that has none and is every device's, by name. Default: the first axis; scalars have none.
   */
  readonly batchAxes?: Readonly<Record<string, number | 'whole'>> | undefined;
}

/** The tensor called `name`, or an error that says what was needed and what is there. */
export function requireTensor(record: TensorRecord, name: string, what: string): tf.Tensor {
  const tensor = record[name];
  if (tensor === undefined) {
    const names = Object.keys(record);
    const some = names.slice(0, 4).join(', ');
    throw new Error(
      `the step needs ${what} '${name}', but was given ${names.length} tensors without it (${some}, ...)`,
    );
  }
  return tensor;
}
