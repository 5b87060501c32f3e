import type { Tensor } from '@tensorflow/tfjs-core';
import type { HostTensor } from './host-tensor.js';

export type TensorRecord = Record<string, Tensor>;

/** A pure training step: new state and outputs from state and inputs. It disposes nothing it was given. */
export type StepFunction = (
  state: TensorRecord,
  inputs: TensorRecord,
) => { state: TensorRecord; outputs: TensorRecord };

/**
 * A step bound to its state: each call feeds inputs (numbers become float32 scalars), advances the state, and resolves
 * to the outputs' values. Calls must not overlap. Compiled or eager, the signature is the same.
 */
export interface StepRunner {
  (inputs: Record<string, HostTensor | number>): Promise<Record<string, HostTensor>>;
  /** Values of the state tensors named, all of them if no names are given. */
  readState(names?: readonly string[]): Promise<Record<string, HostTensor>>;
  /** Replaces state tensors by name. */
  writeState(values: Record<string, HostTensor>): Promise<void>;
  dispose(): void;
}
