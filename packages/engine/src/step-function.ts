import type * as tf from '@tensorflow/tfjs-core';

/** Tensors by name. */
export type TensorRecord = Record<string, tf.Tensor>;

/**
 * One step: a pure function from state and inputs to new state and outputs, written in ordinary operations of
 * TensorFlow.js. State that it does not return stays as it was.
 *
 * State, inputs and outputs are trees of tensors, records and lists of them, and their types are the step's contract: a
 * step that is bound to another state, or fed other inputs, does not compile. Without types they are flat records.
 *
 * It looks at shapes only, never at values, so it can be run eagerly on any backend or traced into a graph. It neither
 * disposes nor changes what it is given; a state tensor that the step leaves as it is comes back as the same object.
 * The caller owns everything that is returned.
 */
export interface StepFunction<State = TensorRecord, Inputs = TensorRecord, Outputs = TensorRecord> {
  (state: State, inputs: Inputs): { state: NextState<State>; outputs: Outputs };
  /**
   * For an engine that shares a batch among several devices: the axis of an input along which its samples lie, or `whole`
   * for one that has none and is every device's, by name. Default: the first axis; scalars have none.
   */
  readonly batchAxes?: Readonly<Record<string, number | 'whole'>> | undefined;
}

/** What a step may return of its state: branches of it, or some of a flat record's tensors. */
type NextState<State> = string extends keyof State ? State : Partial<State>;

/** The tensor called `name`, or an error that says what was needed and what is there. */
export function requireTensor<Tree extends object, Name extends keyof Tree & string>(
  record: Tree,
  name: Name,
  what: string,
): NonNullable<Tree[Name]> {
  const tensor = record[name];
  if (tensor === undefined || tensor === null) {
    const names = Object.keys(record);
    const some = names.slice(0, 4).join(', ');
    throw new Error(
      `the step needs ${what} '${name}', but was given ${names.length} tensors without it (${some}, ...)`,
    );
  }
  return tensor;
}
