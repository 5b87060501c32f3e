import type { HostTensor } from './host-tensor.js';

/** What a step is fed, by name; numbers become float32 scalars, uint8 becomes float32 values 0..255. */
export type HostInputs = Record<string, HostTensor | number>;

/** Inputs of a call to come, on their way to the device or there. */
export interface StagedInputs {
  /** Lets go of inputs that no call will get. */
  discard(): void;
}

/**
 * A step bound to its state, compiled or eager: each call feeds inputs, advances the state, and resolves to the outputs'
 * values. Calls run one after the other, in the order they were made.
 */
export interface StepRunner {
  (inputs: HostInputs | StagedInputs): Promise<Record<string, HostTensor>>;
  /**
   * Begins to copy the inputs of a call to come to the device, beside the call that is under way. They must stay as they
   * are until the promise of the call that gets them settles. Not there where inputs go nowhere before their call.
   */
  readonly stage?: ((inputs: HostInputs) => StagedInputs) | undefined;
  /** Copies of the state, all of the same moment. Default: all of it. */
  readState(names?: readonly string[]): Promise<Record<string, HostTensor>>;
  /** Replaces some of the state; shapes and element types must be those it has. */
  writeState(values: Record<string, HostTensor>): Promise<void>;
  /** Frees the state. */
  dispose(): void;
}
