import type * as tf from '@tensorflow/tfjs-core';
import { flatten, type StepFunction } from '@vjepa/engine';

/**
 * Runs a step and lets go of the state it replaces and of the inputs, as an engine does.
 *
 * @returns outputs by their flat names
 */
export function runStep<State extends object, Inputs extends object, Outputs>(
  step: StepFunction<State, Inputs, Outputs>,
  state: State,
  inputs: Inputs,
): { state: State; outputs: Record<string, number> } {
  const result = step(state, inputs);
  const next = { ...state, ...result.state };
  const kept = new Set(Object.values(flatten<tf.Tensor>(next)));
  for (const tensor of Object.values(flatten<tf.Tensor>(state))) if (!kept.has(tensor)) tensor.dispose();
  const outputs = flatten<tf.Tensor>(result.outputs);
  const values = Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, tensor.dataSync()[0]!]));
  for (const tensor of Object.values({ ...flatten<tf.Tensor>(inputs), ...outputs })) tensor.dispose();
  return { state: next, outputs: values };
}
