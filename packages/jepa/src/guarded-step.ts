import * as tf from '@tensorflow/tfjs-core';
import { requireTensor, type StepFunction } from '@vjepa/engine';

/**
 * A step that changes nothing where its loss is above `lossLimit`, a scalar among its inputs: V-JEPA 2.1's guard against steps that
 * would undo what was learned. `skipped` of its outputs is 1 then, else 0. A loss that is not a number is above every limit.
 *
 * The new state is chosen when all of it is there, so that both are in memory for a moment.
 *
 * @throws on use, if the limit is missing
 */
export function guardedStep<State extends object, Inputs extends object, Outputs extends { loss: tf.Tensor }>(
  step: StepFunction<State, Inputs, Outputs>,
): StepFunction<State, Inputs & { lossLimit?: tf.Tensor | undefined }, Outputs & { skipped: tf.Tensor }> {
  return (state, inputs) => {
    const limit = requireTensor(inputs, 'lossLimit', 'the input');
    const { state: updated, outputs } = step(state, inputs);
    const isBelow = tf.lessEqual(outputs.loss, limit);
    const skipped = tf.sub(1, tf.cast(isBelow, 'float32'));
    return { state: chosen(isBelow, updated, state), outputs: { ...outputs, skipped } };
  };
}

/** The tensors of one tree or those of another, which has all of its names. */
function chosen<Tree extends object>(isFirst: tf.Tensor, first: Tree, second: object): Tree {
  const entries = Object.entries(first).map(([name, one]: [string, tf.Tensor | object]) => {
    const other = (second as Record<string, tf.Tensor | object>)[name]!;
    return [name, one instanceof tf.Tensor ? tf.where(isFirst, one, other as tf.Tensor) : chosen(isFirst, one, other)];
  });
  return Object.fromEntries(entries) as Tree;
}
