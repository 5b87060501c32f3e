import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from './host-tensor.js';
import type { StepFunction, TensorRecord } from './step-function.js';
import type { FlatInputs, FlatRunner, StagedInputs } from './step-runner.js';
import { toTensor } from './to-tensors.js';

/**
 * Runs a step function operation by operation on the active tfjs backend, its state kept in tensors between calls.
 * Every other tensor of a call is freed when the call ends, also when it fails; a call that fails leaves the state as
 * it was.
 *
 * @throws Error from a call when the step returns a state name that it was not given, or a tensor of another shape
 */
export function eagerStep(step: StepFunction, initialState: Record<string, HostTensor>): FlatRunner {
  let state: TensorRecord = {};
  for (const [name, value] of Object.entries(initialState)) state[name] = tf.keep(toTensor(value));

  /** @param inputs not staged: nothing here stages any */
  async function call(inputs: FlatInputs | StagedInputs): Promise<Record<string, HostTensor>> {
    const { next, outputs } = advance(step, state, inputs as FlatInputs);
    const kept = new Set(Object.values(next));
    for (const tensor of Object.values(state)) if (!kept.has(tensor)) tensor.dispose();
    state = next;
    return readAndDispose(outputs);
  }

  async function readState(names: readonly string[] = Object.keys(state)): Promise<Record<string, HostTensor>> {
    const values: Record<string, HostTensor> = {};
    for (const name of names) values[name] = await toHost(stateTensor(state, name));
    return values;
  }

  async function writeState(values: Record<string, HostTensor>): Promise<void> {
    for (const [name, value] of Object.entries(values)) {
      const old = stateTensor(state, name);
      checkShape(name, value.shape, old.shape);
      state[name] = tf.keep(toTensor(value));
      old.dispose();
    }
  }

  function dispose(): void {
    for (const tensor of Object.values(state)) tensor.dispose();
    state = {};
  }

  return Object.assign(call, { readState, writeState, dispose });
}

/** One call of the step inside a scope of its own, from which only new state and outputs escape. */
function advance(step: StepFunction, state: TensorRecord, inputs: Record<string, HostTensor | number>) {
  const next: TensorRecord = { ...state };
  const outputs: TensorRecord = {};
  const retained: tf.Tensor[] = [];
  const retain = (tensor: tf.Tensor) => {
    const copy = tf.keep(tensor.clone());
    retained.push(copy);
    return copy;
  };
  try {
    tf.tidy(() => {
      const fed: TensorRecord = {};
      for (const [name, value] of Object.entries(inputs)) fed[name] = toTensor(value);
      const result = step(state, fed);
      for (const [name, tensor] of Object.entries(result.state)) {
        const old = stateTensor(state, name);
        checkShape(name, tensor.shape, old.shape);
        if (tensor !== old) next[name] = retain(tensor);
      }
      for (const [name, tensor] of Object.entries(result.outputs)) outputs[name] = retain(tensor);
    });
  } catch (error) {
    for (const tensor of retained) tensor.dispose();
    throw error;
  }
  return { next, outputs };
}

async function readAndDispose(outputs: TensorRecord): Promise<Record<string, HostTensor>> {
  const values: Record<string, HostTensor> = {};
  try {
    for (const [name, tensor] of Object.entries(outputs)) values[name] = await toHost(tensor);
  } finally {
    for (const tensor of Object.values(outputs)) tensor.dispose();
  }
  return values;
}

async function toHost(tensor: tf.Tensor): Promise<HostTensor> {
  return { shape: tensor.shape.slice(), data: (await tensor.data()).slice() as HostTensor['data'] };
}

function stateTensor(state: TensorRecord, name: string): tf.Tensor {
  const tensor = state[name];
  if (!tensor) throw new Error(`the step's state has no tensor '${name}'; it has ${Object.keys(state).join(', ')}`);
  return tensor;
}

function checkShape(name: string, found: readonly number[], expected: readonly number[]): void {
  if (found.length !== expected.length || found.some((size, axis) => size !== expected[axis])) {
    throw new Error(`state '${name}' has shape [${expected}] and was given [${found}]`);
  }
}
